"""The arithmetic of grids, against worked examples and a reading of the rule value by value."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo_common.errors import ZooError
from zoo_common.quantization.grid import (
    applied,
    check_bits,
    minmax_encoding,
    round_half_away,
    round_to_grid,
    tightest_weight_encoding,
)

FINITE = st.floats(-1e3, 1e3, width=32)


def test_asymmetric_grid_is_shifted_so_that_zero_is_exact():
    grid = minmax_encoding(-1.0, 3.0, 8, symmetric=False)
    assert float(grid.scale) == 4 / 255
    assert float(grid.offset) == -64  # 63.75, rounded
    assert float(grid.minimum) == pytest.approx(-1.003922, abs=1e-6)
    assert float(grid.maximum) == pytest.approx(2.996078, abs=1e-6)


@pytest.mark.parametrize(("bits", "positive"), [(8, 127), (4, 7)])
def test_symmetric_scale_is_absmax_by_the_positive_steps(bits, positive):
    grid = minmax_encoding([-0.5, -0.1], [0.2, 0.5], bits, symmetric=True)
    np.testing.assert_array_equal(grid.scale, np.full(2, 0.5 / positive))
    np.testing.assert_array_equal(grid.offset, np.full(2, -positive - 1.0))
    np.testing.assert_allclose(grid.minimum, -0.5 * (positive + 1) / positive)


def test_symmetric_without_negative_values_uses_the_whole_unsigned_range_unless_told_not_to():
    assert minmax_encoding([0.1], [0.51], 8, True).scale[0] == 0.51 / 255
    assert minmax_encoding([0.1], [0.51], 8, True, unsigned_symmetric=False).offset[0] == -128


def test_a_zero_tensor_has_a_range_of_a_hundredth_when_computed():
    assert float(minmax_encoding(0.0, 0.0, 8, False).scale) == pytest.approx(3.92157e-5, rel=1e-5)


def test_a_zero_range_is_a_hundred_thousandth_when_applied():
    nothing = minmax_encoding(0.0, 0.0, 8, False)._replace(minimum=np.zeros(()), maximum=np.zeros(()))
    assert float(applied(nothing).scale) == pytest.approx(1e-5 / 255)


def test_exactly_opposite_ends_are_strict_symmetric_when_applied():
    even = minmax_encoding(-1.0, 1.0, 8, False)._replace(minimum=np.array(-1.0), maximum=np.array(1.0))
    assert float(applied(even).steps) == 254
    assert float(applied(even).offset) == -127


def test_halves_round_away_from_zero():
    np.testing.assert_array_equal(
        round_half_away(np.array([0.5, 1.5, 2.5, -0.5, -2.5, 0.49999997])), [1, 2, 3, -1, -3, 0]
    )
    grid = minmax_encoding(0.0, 255.0, 8, False)
    np.testing.assert_array_equal(round_to_grid(np.array([2.5, 3.5, -7, 300], np.float32), grid), [3, 4, 0, 255])


def test_newer_scale_differs_by_an_eighth_at_four_bits():
    old = minmax_encoding(-1.0, 0.5, 4, True)
    new = tightest_weight_encoding(np.array([-1.0]), np.array([0.5]), 4)
    assert float(old.scale) / new.scale[0] == pytest.approx(8 / 7)


@given(st.lists(FINITE, min_size=1, max_size=20), FINITE, FINITE, st.integers(4, 10), st.booleans())
def test_rounding_follows_the_rule_value_by_value(values, one, other, bits, symmetric):
    encoding = minmax_encoding(min(one, other), max(one, other), bits, symmetric)
    got = round_to_grid(np.array(values, np.float32), encoding)
    low, high = np.float32(encoding.minimum), np.float32(encoding.maximum)
    grid = applied(encoding)
    scale, offset = np.float32(grid.scale), np.float32(grid.offset)
    for value, rounded in zip(values, got):
        step = np.float32(min(max(np.float32(value), low), high)) / scale - offset
        whole = np.float32(math.floor(abs(float(step)) + 0.5)) * np.sign(step)
        assert rounded == scale * (whole + offset)
        assert 0 <= whole <= 2**bits - 1
    np.testing.assert_array_equal(round_to_grid(got, encoding), got)


@pytest.mark.parametrize("value", [3, 0, "eight", 17, 8.5, None])
def test_unfit_bit_widths_are_named(value):
    with pytest.raises(ZooError, match="param_bits: {!r} is not a bit width".format(value)):
        check_bits(value, "param_bits")


def test_bit_widths_may_be_text():
    assert check_bits("8", "x") == 8


def test_strict_grids_have_no_lowest_step():
    grid = minmax_encoding(-0.5, 0.2, 8, True, unsigned_symmetric=False, strict=True)
    assert (float(grid.scale), float(grid.offset)) == (0.5 / 127, -127)
    assert float(grid.minimum) == -float(grid.maximum)
    assert float(applied(grid).steps) == 254


def test_strict_and_unsigned_exclude_each_other():
    with pytest.raises(ZooError, match="strict_symmetric and unsigned_symmetric"):
        minmax_encoding(-0.5, 0.2, 8, True, strict=True)
    assert float(minmax_encoding(-1.0, 3.0, 8, False, strict=True).scale) == 4 / 255  # only symmetric grids care
