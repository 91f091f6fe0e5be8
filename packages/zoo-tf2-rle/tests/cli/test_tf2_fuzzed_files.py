"""Broken weights and configurations, a few of each kind that `make fuzz` makes."""

import pytest
from fuzz.short import check


@pytest.mark.parametrize("name", ["tf2-torch-file", "tf2-weights", "tf2-config"])
def test_broken_files_end_in_one_clear_line(name, tmp_path):
    check(name, tmp_path, cases=10)
