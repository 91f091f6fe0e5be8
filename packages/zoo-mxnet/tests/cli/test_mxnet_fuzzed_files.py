"""Broken symbols and parameters, a few of those that `make fuzz` makes."""

import pytest
from fuzz.short import check


@pytest.mark.parametrize("name", ["mxnet-network"])
def test_broken_files_end_in_one_clear_line(name, tmp_path):
    check(name, tmp_path, cases=20)
