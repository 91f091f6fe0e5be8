"""Broken files, a few of each kind that `make fuzz` makes."""

import pytest
from fuzz.short import check


@pytest.mark.parametrize(
    "name", ["annotations", "results", "images", "runs", "cards", "archives", "image-records", "person-records"]
)
def test_broken_files_end_in_one_clear_line(name, tmp_path):
    check(name, tmp_path, cases=20)
