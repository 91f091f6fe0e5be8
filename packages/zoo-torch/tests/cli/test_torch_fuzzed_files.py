"""Broken files of PyTorch, AIMET and ONNX, a few of each kind that `make fuzz` makes."""

import pytest
from fuzz.short import check


@pytest.mark.parametrize("name", ["torch-weights", "torch-encodings", "torch-config", "onnx"])
def test_broken_files_end_in_one_clear_line(name, tmp_path):
    check(name, tmp_path, cases=10)
