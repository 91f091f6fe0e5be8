"""The lock leaves out what gluoncv declares and never uses here; what our own packages declare must all be there."""

from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

EXCLUDES = Path(__file__).resolve().parents[2] / "locks" / "excludes.txt"


def unmet(distribution, extra):
    """Return the requirements of a distribution, with an extra, that are absent or of another version."""
    found = []
    for line in metadata.requires(distribution):
        requirement = Requirement(line)
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            version = None
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            found.append(line)
    return found


@pytest.mark.parametrize("distribution", ["zoo-mxnet", "zoo-common"])
def test_what_our_packages_declare_is_installed(distribution):
    assert unmet(distribution, "test") == []


def test_only_the_excluded_are_missing_from_gluoncv():
    excluded = {line.strip() for line in EXCLUDES.read_text().splitlines() if line[:1] not in ("#", "")}
    assert {Requirement(line).name for line in unmet("gluoncv", "")} <= excluded
