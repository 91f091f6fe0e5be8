"""AIMET's scheme ``tf_enhanced``: of many candidate grids the one whose squared error over a histogram is least.

AIMET 1.24 ("TfEnhancedEncodingAnalyzer"), with what has to be kept for equal results: 512 buckets over three times
the first tensor's range, fixed from then on; values outside it dropped; each update counted alike whatever its size;
buckets centred on what the cost takes for their left edge; candidates' scales carried over from one to the next;
single precision with sequential sums. Clipping costs three times what rounding costs.
"""

from typing import NamedTuple, Optional, Tuple

import numpy as np

from zoo_common.quantization.encoding import Encoding
from zoo_common.quantization.grid import LEAST_RANGE_COMPUTED, check_symmetry, round_half_away

BUCKETS = 512
CLIPPING_COST = np.float32(3)
FULL_BUCKET = 2.0**24
"""AIMET counts in single precision: a bucket stops growing here."""

CHANNELS_AT_ONCE = 8

F32 = np.float32


class Histogram(NamedTuple):
    """Share of the values of a tensor in each bucket.

    Attributes:
        share: float64 [512], the mean over the updates.
        left: float32, left edge of bucket 0.
        width: float32, width of a bucket.
        updates: how many tensors were counted.
    """

    share: np.ndarray
    left: np.float32
    width: np.float32
    updates: int


def empty_histogram(low: np.float32, high: np.float32) -> Optional[Histogram]:
    """Lay out the buckets after the first tensor's smallest and largest value; None if both are 0."""
    low, high = F32(low), F32(high)
    if low == 0 and high == 0:
        return None
    if low == high:
        high = np.maximum(high, low + F32(LEAST_RANGE_COMPUTED))
    centre = (low + high) / F32(2)
    left, right = centre - F32(3) * (centre - low), centre + F32(3) * (high - centre)
    return Histogram(np.zeros(BUCKETS), left, (right - left) / F32(BUCKETS), 0)


def add_counts(before: Histogram, counts: np.ndarray, size: int) -> Histogram:
    """Count one more tensor.

    Args:
        before: what was counted so far.
        counts: values in each bucket [512].
        size: number of values, those in no bucket included.
    """
    new = np.minimum(counts, FULL_BUCKET) / size
    share = (before.share * before.updates + new) / (before.updates + 1)
    return before._replace(share=share, updates=before.updates + 1)


def observe(values: np.ndarray, before: Optional[Histogram] = None) -> Optional[Histogram]:
    """Count one more tensor, float32 of any shape. Returns None as long as there were only zeros."""
    flat = np.asarray(values, np.float32).ravel()
    before = before or empty_histogram(flat.min(), flat.max())
    if before is None:
        return None
    bucket = round_half_away(flat / before.width - before.left / before.width)
    inside = bucket[(bucket >= 0) & (bucket < BUCKETS)].astype(np.int64)
    return add_counts(before, np.bincount(inside, minlength=BUCKETS), flat.size)


def enhanced_encoding(
    histogram: Optional[Histogram],
    bits: int,
    symmetric: bool,
    unsigned_symmetric: bool = True,
    strict: bool = False,
) -> Encoding:
    """Choose the grid of least cost; the first of equals.

    Args:
        histogram: of the tensor; None if it was zero throughout, which gives about -1..1.
        bits: bit width.
        symmetric: try symmetric grids only.
        unsigned_symmetric: symmetric grids of a tensor without negative values start at zero.
        strict: symmetric grids have one step less.

    Raises:
        ZooError: symmetric, strict and unsigned at once.
    """
    check_symmetry(symmetric, unsigned_symmetric, strict)
    steps = F32(2**bits - (2 if symmetric and strict else 1))
    if histogram is None:
        scale = 2.0 / float(steps)
        return _encoding(scale, np.floor(-1.0 / scale), float(steps), bits, symmetric)
    low, high = _extent(histogram)
    candidates = _symmetric(low, high, steps, unsigned_symmetric) if symmetric else _asymmetric(low, high, steps)
    costs = _costs(histogram, *candidates, steps=F32(2**bits - 1))
    best = int(np.argmin(costs))
    return _encoding(float(candidates[0][best]), float(candidates[1][best]), float(steps), bits, symmetric)


def enhanced_weight_encoding(
    weight: np.ndarray, bits: int, unsigned_symmetric: bool = True, symmetric: bool = True, strict: bool = False
) -> Encoding:
    """Choose a grid for each output channel of a weight, float32 [out, ...]; symmetric ones for all channels at once.

    Raises:
        ZooError: symmetric, strict and unsigned at once.
    """
    check_symmetry(symmetric, unsigned_symmetric, strict)
    steps = F32(2**bits - (2 if symmetric and strict else 1))
    seen = [observe(row) for row in weight]
    alone = [number for number, item in enumerate(seen) if item is None or not symmetric]
    chosen = {item: enhanced_encoding(seen[item], bits, symmetric, unsigned_symmetric, strict) for item in alone}
    alive = {number: item for number, item in enumerate(seen) if number not in chosen}
    for start in range(0, len(alive), CHANNELS_AT_ONCE):
        part = dict(list(alive.items())[start : start + CHANNELS_AT_ONCE])
        pairs = [_symmetric(*_extent(item), steps=steps, unsigned=unsigned_symmetric) for item in part.values()]
        scale, offset = (np.stack(column) for column in zip(*pairs))
        share = np.stack([item.share for item in part.values()])
        left, width = (np.array([[item[field]] for item in part.values()]) for field in (1, 2))
        best = np.argmin(_costs(Histogram(share, left, width, 1), scale, offset, F32(2**bits - 1)), axis=1)
        for row, number in enumerate(part):
            pick = float(scale[row, best[row]]), float(offset[row, best[row]])
            chosen[number] = _encoding(*pick, steps=float(steps), bits=bits, symmetric=True)
    columns = zip(*(chosen[number][:4] for number in range(len(weight))))
    return Encoding(*(np.array(column, np.float64) for column in columns), bits=bits, symmetric=symmetric)


def _encoding(scale: float, offset: float, steps: float, bits: int, symmetric: bool) -> Encoding:
    minimum = scale * offset
    parts = (minimum, scale * steps + minimum, scale, offset)
    return Encoding(*(np.asarray(part, np.float64) for part in parts), bits=bits, symmetric=symmetric)


def _extent(histogram: Histogram) -> Tuple[np.float32, np.float32]:
    filled = np.nonzero(histogram.share)[0]
    first, last = (filled[0], filled[-1]) if len(filled) else (0, 0)
    low = np.minimum(histogram.left + F32(first) * histogram.width, F32(0))
    high = np.maximum(histogram.left + F32(last) * histogram.width, F32(0))
    return low, np.maximum(high, low + F32(LEAST_RANGE_COMPUTED))


def _symmetric(low: np.float32, high: np.float32, steps: np.float32, unsigned: bool) -> Tuple[np.ndarray, np.ndarray]:
    if low == 0 and unsigned:
        scale, offset = high / steps, F32(0)
    else:
        scale, offset = F32(2) * np.maximum(-low, high) / steps, np.floor(-steps / F32(2))
    factors = np.cumsum(np.full(101, 0.01, np.float32), dtype=np.float32)
    return factors * scale, np.full(101, offset, np.float32)


def _asymmetric(low: np.float32, high: np.float32, steps: np.float32) -> Tuple[np.ndarray, np.ndarray]:
    start = (high - low) / steps
    start_offset = round_half_away(low / start)
    low = start * start_offset
    high = low + start * steps
    scale = (np.arange(1, 18, dtype=np.float32) / F32(16)) * start
    columns = []
    for number in range(21):
        offset = np.trunc(-steps + steps / F32(20) * F32(number))
        bottom = scale * offset
        top = bottom + scale * steps
        useful = ~((bottom < low) & (top > high))
        bottom, top = np.maximum(low, bottom), np.minimum(high, top)
        tried = (top - bottom) / steps
        with np.errstate(divide="ignore", invalid="ignore"):
            rounded = round_half_away(bottom / tried)
        columns.append((useful, tried, rounded))
        scale = np.where(useful, tried, scale)
    useful, tried, rounded = (np.stack(part, axis=1) for part in zip(*columns))
    keep = useful & np.isfinite(rounded) & (tried > 0)
    return np.append(tried[keep], start), np.append(rounded[keep], start_offset)


def _costs(histogram: Histogram, scale: np.ndarray, offset: np.ndarray, steps: np.float32) -> np.ndarray:
    """Return the cost of each candidate, float32; sums run bucket by bucket in single precision, as AIMET's do.

    Args:
        histogram: of one tensor, or of several with a first axis more: share [channels, 512], left and width
            [channels, 1].
        scale, offset: float32 [candidates], or [channels, candidates].
        steps: of the grid.
    """
    left, width = histogram.left, histogram.width
    middle = left + np.arange(BUCKETS, dtype=np.float32) * width + width / F32(2)
    bottom = scale * offset
    first = np.clip(np.floor((bottom - left) / width), 0, BUCKETS - 1).astype(np.int64)
    last = np.clip(np.floor((bottom + scale * steps - left) / width), 0, BUCKETS - 1).astype(np.int64)
    under, over = (np.take_along_axis(middle, ends, axis=-1)[..., None, :] for ends in (first, last))
    filled = np.nonzero(histogram.share.reshape(-1, BUCKETS).any(axis=0))[0]
    value, share = middle[..., filled, None], histogram.share[..., filled, None]
    scale, offset = scale[..., None, :], offset[..., None, :]
    below, above = filled[:, None] < first[..., None, :], filled[:, None] >= last[..., None, :]
    rounded = scale * (round_half_away(value / scale - offset) + offset)
    errors = value - np.where(below, under, np.where(above, over, rounded))
    terms = share * errors.astype(np.float64) ** 2
    regions = np.stack([np.where(region, terms, 0) for region in (below, above, ~(below | above))])
    sums = np.zeros((3, *first.shape), np.float32)
    for number in range(len(filled)):
        np.add(sums, regions[..., number, :], out=sums, casting="same_kind")
    return sums[2] + CLIPPING_COST * (sums[0] + sums[1])
