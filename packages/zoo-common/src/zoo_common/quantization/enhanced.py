"""AIMET's scheme ``tf_enhanced``: of many candidate grids the one whose squared error over a histogram is least.

AIMET 1 ("TfEnhancedEncodingAnalyzer"), with what has to be kept for equal results: 512 buckets over three times the
first tensor's range, fixed from then on; values outside it dropped; each update counted alike whatever its size;
buckets as wide as two of their edges, in single precision, lie apart, and centred on what the cost takes for their left
edge; candidates' scales carried over from one to the next; single precision with sequential sums. Clipping costs three
times what rounding costs.
"""

from itertools import accumulate
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
FACTORS = np.array(
    list(accumulate([F32(0.01)] + [0.01] * 100, lambda so_far, step: F32(float(so_far) + step))), np.float32
)
"""0.01, 0.02 .. 1.01, each rounded to single precision before the next 0.01 is added."""


class Histogram(NamedTuple):
    """Share of the values of a tensor in each bucket.

    Attributes:
        share: float64 [512], the mean over the updates.
        edges: float32 [512], the left edge of each bucket.
        updates: how many tensors were counted.
    """

    share: np.ndarray
    edges: np.ndarray
    updates: int

    @property
    def left(self) -> np.float32:
        """Left edge of bucket 0."""
        return self.edges[..., 0]  # type: ignore[no-any-return]

    @property
    def width(self) -> np.float32:
        """Width of a bucket as AIMET takes it: the difference of two edges, in single precision."""
        return self.edges[..., 1] - self.edges[..., 0]  # type: ignore[no-any-return]


def empty_histogram(low: np.float32, high: np.float32) -> Optional[Histogram]:
    """Lay out the buckets after the first tensor's smallest and largest value; None if both are 0."""
    low, high = F32(low), F32(high)
    if low == 0 and high == 0:
        return None
    if low == high:
        high = np.maximum(high, low + F32(LEAST_RANGE_COMPUTED))
    centre = (low + high) / F32(2)
    left, right = centre - F32(3) * (centre - low), centre + F32(3) * (high - centre)
    step = (right - left) / F32(BUCKETS)
    return Histogram(np.zeros(BUCKETS), left + np.arange(BUCKETS, dtype=np.float32) * step, 0)


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
    carried: bool = True,
) -> Encoding:
    """Choose the grid of least cost; the first of equals.

    Args:
        histogram: of the tensor; None if it was zero throughout, which gives about -1..1.
        bits: bit width.
        symmetric: try symmetric grids only.
        unsigned_symmetric: symmetric grids of a tensor without negative values start at zero.
        strict: symmetric grids have one step less.
        carried: an asymmetric candidate's scale is what the one before it was narrowed to, as in AIMET up to 1.24;
            False begins anew with each, as 1.31 does.

    Raises:
        ZooError: symmetric, strict and unsigned at once.
    """
    check_symmetry(symmetric, unsigned_symmetric, strict)
    steps = F32(2**bits - (2 if symmetric and strict else 1))
    if histogram is None:
        return _encoding_of_zeros(bits, symmetric)
    low, high = _extent(histogram)
    if symmetric:
        candidates = _symmetric(low, high, steps, unsigned_symmetric)
    else:
        candidates = _asymmetric(low, high, steps, carried)
    costs = _costs(histogram, *candidates, steps=F32(2**bits - 1))
    best = int(np.argmin(costs))
    return _encoding(candidates[0][best], candidates[1][best], steps, bits, symmetric)


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
        share, edges = (np.stack([item[field] for item in part.values()]) for field in (0, 1))
        best = np.argmin(_costs(Histogram(share, edges, 1), scale, offset, F32(2**bits - 1)), axis=1)
        for row, number in enumerate(part):
            pick = scale[row, best[row]], offset[row, best[row]]
            chosen[number] = _encoding(*pick, steps=steps, bits=bits, symmetric=True)
    columns = zip(*(chosen[number][:4] for number in range(len(weight))))
    return Encoding(*(np.array(column, np.float64) for column in columns), bits=bits, symmetric=symmetric)


def _encoding(scale: np.float32, offset: np.float32, steps: np.float32, bits: int, symmetric: bool) -> Encoding:
    minimum = float(scale * offset) + 0.0
    parts = (minimum, float(scale * steps) + minimum, scale, offset + F32(0))
    return Encoding(*(np.asarray(part, np.float64) for part in parts), bits=bits, symmetric=symmetric)


def _encoding_of_zeros(bits: int, symmetric: bool) -> Encoding:
    scale = 2.0 / (2**bits - 1)
    minimum = scale * np.floor(-1.0 / scale)
    parts = (minimum, scale * (2**bits - 1) + minimum, scale, np.floor(-1.0 / scale))
    return Encoding(*(np.asarray(part, np.float64) for part in parts), bits=bits, symmetric=symmetric)


def _extent(histogram: Histogram) -> Tuple[np.float32, np.float32]:
    filled = np.nonzero(histogram.share)[0]
    first, last = (filled[0], filled[-1]) if len(filled) else (0, 0)
    low, high = np.minimum(histogram.edges[first], F32(0)), np.maximum(histogram.edges[last], F32(0))
    return low, np.maximum(high, low + F32(LEAST_RANGE_COMPUTED))


def _symmetric(low: np.float32, high: np.float32, steps: np.float32, unsigned: bool) -> Tuple[np.ndarray, np.ndarray]:
    if low == 0 and unsigned:
        scale, offset = high / steps, F32(0)
    else:
        scale, offset = F32(2) * np.maximum(-low, high) / steps, np.floor(-steps / F32(2))
    return FACTORS * scale, np.full(len(FACTORS), offset, np.float32)


def _asymmetric(
    low: np.float32, high: np.float32, steps: np.float32, carried: bool = True
) -> Tuple[np.ndarray, np.ndarray]:
    start = (high - low) / steps
    start_offset = round_half_away(low / start)
    low = start * start_offset
    high = low + start * steps
    scale = np.arange(1, 18, dtype=np.float32) / F32(16) * start
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
        if carried:
            scale = np.where(useful, tried, scale)
    useful, tried, rounded = (np.stack(part, axis=1) for part in zip(*columns))
    keep = useful & np.isfinite(rounded) & (tried > 0)
    return np.append(tried[keep], start), np.append(rounded[keep], start_offset)


def _costs(histogram: Histogram, scale: np.ndarray, offset: np.ndarray, steps: np.float32) -> np.ndarray:
    """Return the cost of each candidate, float32; sums run bucket by bucket in single precision, as AIMET's do.

    Args:
        histogram: of one tensor, or of several with a first axis more: share and edges [channels, 512].
        scale, offset: float32 [candidates], or [channels, candidates].
        steps: of the grid.
    """
    left, width = histogram.left[..., None], histogram.width[..., None]
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
