"""A short form of `make torture`, and proof that it finds what is broken."""

import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="for Linux")
SHORT = ("kill/merge/1", "kill/export/1", "full/score/1", "two/score/1", "stop/merge/1", "read-only-output/export")


def test_a_few_faults_break_nothing():
    options = [option for name in SHORT for option in ("--only", name)]
    done = subprocess.run(
        [sys.executable, "-m", "torture", "--seed", "3", "--seconds", "12", *options],
        **{"cwd": str(ROOT), "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "universal_newlines": True},
    )
    assert done.returncode == 0, done.stdout
    totals = re.search(r"(\d+) cases, (\d+) kills, .* 0 violations", done.stdout)
    assert totals and int(totals.group(1)) >= 1 and int(totals.group(2)) >= 1, done.stdout


@pytest.fixture
def bench(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))
    from torture.workbench import Workbench

    from file_server import serving

    monkeypatch.setattr(Workbench, "_make_inputs", lambda self: None)
    with serving() as server:
        yield Workbench(tmp_path / "work", server)


CARELESS = """
import pathlib, sys, time
out = pathlib.Path("out")
out.mkdir(exist_ok=True)
with (out / "a.json").open("w") as stream:
    stream.write("[1,")
    stream.flush()
    time.sleep(0.5)
    stream.write("2]")
(out / "{}".format(sys.argv[1] if len(sys.argv) > 1 else time.time())).write_text("")
"""


@pytest.mark.parametrize(
    "fault, arguments, finding",
    [
        ("kill", ["b"], "half written under its final name: out/a.json"),
        ("two", [], "not as undisturbed: left over: out/"),
    ],
)
def test_a_careless_program_is_found_out(fault, arguments, finding, bench):
    from torture.faults import FAULTS
    from torture.outcome import ViolationError
    from torture.places import Place

    place = Place("careless", lambda bench: [sys.executable, "-c", CARELESS] + arguments)
    with pytest.raises(ViolationError, match=re.escape(finding)):
        FAULTS[fault](bench, place, random.Random(1))
