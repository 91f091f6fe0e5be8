"""Rounding in TensorFlow, in an optimised session, against NumPy: bit for bit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tf1_graphs import build, conv, random

from zoo_common.quantization.grid import applied, minmax_encoding, round_to_grid
from zoo_tf1.quantsim.insert import Quantization, insert, insert_activations
from zoo_tf1.quantsim.load import network_of
from zoo_tf1.quantsim.placement import Placement
from zoo_tf1.quantsim.rounding import JUST_UNDER_HALF
from zoo_tf1.quantsim.runner import Runner
from zoo_tf1.tensorflow1 import tf

ENDS = [(-1.0, 3.0), (0.0, 6.0), (0.0, 1.0), (0.0, 3.1), (-0.37, 0.0), (-2e-3, 1e-3), (-700.0, 911.0)]
NONE = Placement({}, {}, False, True)


def may_be_just_under_half(scale):
    """Tell whether some float32 divided by ``scale`` is the largest float32 below 0.5."""
    value = scale / np.float32(2)
    for _ in range(4):
        value = np.nextafter(value, np.float32(0))
        if value / scale == JUST_UNDER_HALF:
            return True
    return False


def around_thresholds(encoding):
    """Values at, just below and just above every half, the ends, and some at random."""
    grid = applied(encoding)
    steps = np.arange(-2, min(grid.steps, 300) + 3)
    halves = (np.float32(grid.scale) * (steps + np.float32(grid.offset) + np.float32(0.5))).astype(np.float32)
    values = [halves, np.float32([grid.minimum, grid.maximum, 0, -0.0, 1e30, -1e30])]
    values += [np.float32(grid.scale) * np.float32([0.5, JUST_UNDER_HALF])]
    values.append(np.random.RandomState(0).uniform(1.3 * grid.minimum - 1, 1.3 * grid.maximum + 1, 20000).astype("f"))
    values = np.concatenate(values)
    for _ in range(3):
        values = np.concatenate([values, np.nextafter(values, np.float32(-1e9)), np.nextafter(values, np.float32(1e9))])
    return values


def through_tensorflow(values, encoding, make=None, exact=True):
    with tf.Graph().as_default() as graph:
        make = make or (lambda value: tf.identity(value, name="x"))
        make(tf.placeholder(tf.float32, [None], name="input"))
        net = network_of(graph.as_graph_def(), ["input"], ["x"])
    with Runner(insert_activations(net, {"x": encoding}, exact)) as runner:
        return runner(values)["x_quantized"]


@pytest.mark.parametrize("bits", [4, 8, 16])
@pytest.mark.parametrize("ends", ENDS)
def test_equal_bit_for_bit(ends, bits):
    encoding = minmax_encoding(*ends, bits=bits, symmetric=False)
    values = around_thresholds(encoding)
    assert through_tensorflow(values, encoding).tobytes() == (round_to_grid(values, encoding) + 0.0).tobytes()


@settings(max_examples=12, deadline=None)
@given(st.floats(2.0**-10, 2.0**10, width=32), st.sampled_from([4, 8, 16]))
def test_any_scale_of_what_is_never_negative(high, bits):
    """Where offset is 0: floats around every threshold, the largest below a half among them."""
    encoding = minmax_encoding(0.0, high, bits=bits, symmetric=False)
    values = around_thresholds(encoding)
    assert through_tensorflow(values, encoding).tobytes() == (round_to_grid(values, encoding) + 0.0).tobytes()


@pytest.mark.parametrize("strict", [False, True])
def test_symmetric_grids(strict):
    encoding = minmax_encoding(-1.5, 2.0, 8, True, unsigned_symmetric=False, strict=strict)
    values = around_thresholds(encoding)
    np.testing.assert_array_equal(through_tensorflow(values, encoding), round_to_grid(values, encoding))


def test_ranges_whose_ends_lie_between_grid_points():
    for low, high in [(-1.23, 3.21), (-64.5, 190.5), (-0.5, 254.5), (-0.7, 0.1)]:
        encoding = minmax_encoding(low, high, 8, False)._replace(minimum=np.array(low), maximum=np.array(high))
        values = around_thresholds(encoding)
        np.testing.assert_array_equal(through_tensorflow(values, encoding), round_to_grid(values, encoding))


def test_the_value_below_a_half_is_met():
    """Scales for which floor(x / scale + 0.5) would round 0.49999997 up are among those tested."""
    scales = [np.float32(minmax_encoding(*ends, bits=8, symmetric=False).scale) for ends in ENDS]
    assert {may_be_just_under_half(scale) for scale in scales} == {True, False}


@pytest.mark.parametrize(("op", "high"), [("relu", 3.1), ("relu6", 6.0), ("relu6", 7.5), ("relu6", 2.0)])
def test_rounding_in_place_of_a_relu(op, high):
    def make(value):
        getattr(tf.nn, op)(value, name="x")

    encoding = minmax_encoding(0.0, high, 8, False)
    values = around_thresholds(encoding)
    clipped = np.clip(values, 0, 6 if op == "relu6" else np.inf)
    np.testing.assert_array_equal(through_tensorflow(values, encoding, make), round_to_grid(clipped, encoding))


def test_one_pass_differs_at_halves_only():
    encoding = minmax_encoding(-1.0, 3.0, 8, False)
    values = random(200000)
    quick, right = through_tensorflow(values, encoding, exact=False), round_to_grid(values, encoding)
    assert np.mean(np.abs(quick - right) > 1e-5) < 1e-4
    np.testing.assert_allclose(quick, right, atol=float(encoding.scale) * 1.001)


def test_the_graph_optimiser_does_not_touch_the_arithmetic():
    """Rounding before and after a convolution: the scale must not move into the weights."""
    net = build(lambda value: conv(value, 4, "conv"), ["conv/bias"])
    encodings = {name: minmax_encoding(-2.3, 3.1, 8, False) for name in ("input", "conv/bias")}
    batch = random(2, 8, 8, 3)
    with Runner(net) as plain, Runner(insert(net, NONE, Quantization(encodings, {}))) as quantized:
        expected = round_to_grid(plain(round_to_grid(batch, encodings["input"]))["conv/bias"], encodings["conv/bias"])
        np.testing.assert_array_equal(quantized(batch)["conv/bias_quantized"], expected)
