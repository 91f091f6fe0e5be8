"""Ranking, table, file and plot of a sensitivity analysis."""

import math

import pytest

from zoo_common.errors import ZooError
from zoo_common.quantization.sensitivity import Sensitivity, check_choices, ranked, records, sensitivity_table
from zoo_common.quantization.sensitivity_plot import plot_sensitivity

ROWS = [
    Sensitivity("fine", "weights", 8, math.inf),
    Sensitivity("worst", "activations", 8, 3.25, ap=0.25),
    Sensitivity("middle", "weights", 4, 20.0, joint_shift=0.5, ap=0.125),
]


def names(rows):
    return [row.layer for row in rows]


def test_the_most_harmful_come_first():
    assert names(ranked(ROWS, "one")) == ["worst", "middle", "fine"]
    assert names(ranked(ROWS, "all_but_one")) == ["fine", "middle", "worst"]  # what helps most when left in float
    assert names(ranked(ROWS, "one", by="ap")) == ["middle", "worst", "fine"]


def test_what_was_not_measured_is_absent():
    assert records(ROWS)[0] == {"layer": "fine", "kind": "weights", "bits": 8}
    assert records(ROWS)[1] == {"layer": "worst", "kind": "activations", "bits": 8, "sqnr_db": 3.25, "ap": 0.25}
    assert "joint shift" not in sensitivity_table(ROWS[:2])
    lines = sensitivity_table(ROWS).splitlines()
    assert lines[0].split() == "layer quantized alone bits SQNR dB joint shift px AP".split()
    assert lines[2].split() == ["fine", "weights", "8", "inf"]
    assert lines[4].split() == ["middle", "weights", "4", "20.0", "0.500", "0.125"]
    assert "alone in float" in sensitivity_table(ROWS, "all_but_one")


def test_the_plot_is_a_png(tmp_path):
    pytest.importorskip("matplotlib")
    plot_sensitivity(ROWS * 30, tmp_path / "plot.png", "Sensitivity")
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


def test_mistakes_are_named():
    check_choices("one", ["weights"])
    with pytest.raises(ZooError, match="mode: unknown 'two'"):
        check_choices("two", [])
    with pytest.raises(ZooError, match="kind: unknown 'weight'; did you mean 'weights'"):
        check_choices("one", ["weight"])
