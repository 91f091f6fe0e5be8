"""Broken files of AIMET, a few of each kind that `make fuzz` makes. Graphs can end the process, and are left to it."""

import pytest
from fuzz.short import check


@pytest.mark.parametrize("name", ["tf1-config", "tf1-encodings"])
def test_broken_files_end_in_one_clear_line(name, tmp_path):
    check(name, tmp_path, cases=20)
