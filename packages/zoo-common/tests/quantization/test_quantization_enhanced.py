"""The vectorised histogram search against the same search written value by value."""

import math

import numpy as np
import pytest

from zoo_common.quantization.enhanced import enhanced_encoding, enhanced_weight_encoding, observe

F = np.float32


def c_round(value):
    return F(math.copysign(math.floor(abs(float(value)) + 0.5), float(value)))


def plain_histogram(tensors):
    """Count as AIMET does, one value at a time."""
    low, high = F(tensors[0].min()), F(tensors[0].max())
    centre = (low + high) / F(2)
    left, right = centre - F(3) * (centre - low), centre + F(3) * (high - centre)
    step = (right - left) / F(512)
    width = (left + step) - left
    share = [0.0] * 512
    for number, tensor in enumerate(tensors):
        counts = [0] * 512
        for value in tensor.ravel():
            index = int(c_round(value / width - left / width))
            if 0 <= index < 512:
                counts[index] += 1
        share = [(old * number + new / tensor.size) / (number + 1) for old, new in zip(share, counts)]
    return share, left, step, width


def plain_search(share, left, step, width, bits, symmetric, carried):
    """Try every candidate in turn."""
    steps = F(2**bits - 1)
    filled = [index for index in range(512) if share[index]]
    low = min(left + F(filled[0]) * step, F(0))
    high = max(left + F(filled[-1]) * step, F(0))
    candidates = []
    if symmetric:
        factor = F(0)
        for _ in range(101):
            factor = F(float(factor) + 0.01)
            candidates.append((factor * (F(2) * max(-low, high) / steps), F(-(2 ** (bits - 1)))))
    else:
        start = (high - low) / steps
        start_offset = c_round(low / start)
        low = start * start_offset
        high = low + start * steps
        for f in range(1, 18):
            scale = F(f) / F(16) * start
            for i in range(21):
                scale = scale if carried else F(f) / F(16) * start
                offset = F(math.trunc(float(-steps + steps / F(20) * F(i))))
                bottom = scale * offset
                top = bottom + scale * steps
                if bottom < low and top > high:
                    continue
                bottom, top = max(low, bottom), min(high, top)
                scale = (top - bottom) / steps
                candidates.append((scale, c_round(bottom / scale)))
        candidates.append((start, start_offset))
    best, chosen = math.inf, None
    for scale, offset in candidates:
        cost = plain_cost(share, left, width, scale, offset, steps)
        if cost < best:
            best, chosen = cost, (scale, offset)
    return chosen


def plain_cost(share, left, width, scale, offset, steps):
    def middle(index):
        return left + F(index) * width + width / F(2)

    bottom = scale * offset
    first = int(min(max(math.floor((bottom - left) / width), 0), 511))
    last = int(min(max(math.floor((bottom + scale * steps - left) / width), 0), 511))
    under = over = rounding = F(0)
    for index in range(first):
        under = F(under + share[index] * float(middle(index) - middle(first)) ** 2)
    for index in range(last, 512):
        over = F(over + share[index] * float(middle(index) - middle(last)) ** 2)
    for index in range(first, last):
        value = middle(index)
        rounded = scale * (c_round(value / scale - offset) + offset)
        rounding = F(rounding + share[index] * float(value - rounded) ** 2)
    return rounding + F(3) * (under + over)


@pytest.mark.parametrize(("symmetric", "carried"), [(False, True), (False, False), (True, True)])
@pytest.mark.parametrize("bits", [4, 8])
def test_equal_to_the_search_value_by_value(bits, symmetric, carried):
    rng = np.random.RandomState(bits)
    tensors = [rng.standard_t(4, 300).astype(F), (rng.randn(77) + 2).astype(F)]
    share, left, step, width = plain_histogram(tensors)
    histogram = observe(tensors[1], observe(tensors[0]))
    np.testing.assert_array_equal(histogram.share, share)
    scale, offset = plain_search(share, left, step, width, bits, symmetric, carried)
    encoding = enhanced_encoding(histogram, bits, symmetric, carried=carried)
    assert (float(encoding.scale), float(encoding.offset)) == (float(scale), float(offset))
    assert float(encoding.minimum) == float(scale * offset)


def test_an_outlier_is_clipped():
    values = np.concatenate([np.random.RandomState(0).randn(100000), [30.0]]).astype(F)
    assert float(enhanced_encoding(observe(values), 4, False).maximum) < 15


def test_zeros_before_the_first_value_are_ignored_and_zeros_alone_give_about_one():
    assert observe(np.zeros(5, F)) is None
    encoding = enhanced_encoding(None, 8, False)
    assert float(encoding.minimum) == pytest.approx(-1, abs=0.01)
    assert float(encoding.maximum) == pytest.approx(1, abs=0.01)


def test_the_range_stays_that_of_the_first_tensor():
    first = observe(np.linspace(-1, 1, 50).astype(F))
    second = observe(np.full(50, 100, F), first)
    assert second.left == first.left
    assert second.share.sum() == pytest.approx(0.5)  # the second tensor fell outside


def test_weights_have_a_grid_per_channel_chosen_as_if_alone():
    weight = np.random.RandomState(1).standard_t(3, (70, 4, 3, 3)).astype(F)
    weight[1], weight[2] = 0, np.abs(weight[2])
    encoding = enhanced_weight_encoding(weight, 4)
    for number in (0, 1, 2, 3, 68, 69):
        alone = enhanced_encoding(observe(weight[number]), 4, True)
        assert [float(part[number]) for part in encoding[:4]] == [float(part) for part in alone[:4]]
    assert encoding.offset[0] == -8
    assert encoding.offset[2] == 0  # never negative


def test_strict_grids_have_no_lowest_step():
    values = np.random.RandomState(2).randn(3000).astype(F)
    strict = enhanced_encoding(observe(values), 8, True, unsigned_symmetric=False, strict=True)
    assert float(strict.offset) == -127
    assert float(strict.minimum) == -float(strict.maximum) == float(F(-127) * F(strict.scale))
    assert float(enhanced_encoding(observe(values), 8, True).offset) == -128


def test_asymmetric_weight_channels_are_chosen_as_if_alone():
    weight = np.random.RandomState(3).standard_t(3, (3, 40)).astype(F) + F(1)
    weight[1] = 0
    encoding = enhanced_weight_encoding(weight, 8, symmetric=False)
    for number, row in enumerate(weight):
        alone = enhanced_encoding(observe(row), 8, False)
        assert [float(part[number]) for part in encoding[:4]] == [float(part) for part in alone[:4]]
