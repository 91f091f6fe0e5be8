import configparser
import re
from pathlib import Path

import pytest

from zoo_common.doctor import needs

ROOT = Path(__file__).resolve().parents[4]
pytestmark = pytest.mark.skipif(not (ROOT / "tox.ini").is_file(), reason="not in the repository")


def tox():
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(str(ROOT / "tox.ini"), encoding="utf-8")
    return parser


def test_environments_are_those_of_tox():
    pinned = {}
    for line in tox()["testenv"]["base_python"].strip().splitlines():
        factors, python = line.split(":")
        for factor in factors.split(","):
            pinned[factor.strip()] = python.strip().replace("py3", "3.")
    listed = re.search(r"common-py\{([\d,]+)\}", tox()["tox"]["env_list"]).group(1).split(",")
    pinned.update({"common-py" + digits: "3." + digits[1:] for digits in listed})
    pinned.pop("lint")
    assert {environment.name: environment.python for environment in needs.ENVIRONMENTS} == pinned


def test_tested_releases_are_those_of_python_version():
    listed = (ROOT / ".python-version").read_text().split()
    assert sorted(needs.TESTED.values()) == sorted(listed)
    assert set(needs.TESTED) == set(needs.versions())


def test_required_are_those_of_make_test():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    common = [environment for environment in needs.ENVIRONMENTS if environment.name.startswith("common-")]
    for name, chosen in (("TESTS", [e for e in common if e.required]), ("ALL_TESTS", common)):
        listed = re.search(r"^{} := (.+)$".format(name), makefile, re.MULTILINE).group(1).split(",")
        assert [env for env in listed if env.startswith("common-")] == [e.name for e in chosen]
