"""The arithmetic of AIMET's grids, to the constant: from a range to an encoding, and rounding values to it.

AIMET 1.24 (github.com/quic/aimet, "DlQuantization"). It rounds half away from zero, and guards against a zero range
twice, differently: 0.01 when an encoding is computed, 1e-5 when it is applied. `round_to_grid` is the plain reading
of the rule; the simulators of the framework packages are the quick ones.
"""

from typing import Any, NamedTuple, Tuple

import numpy as np

from zoo_common.errors import ZooError
from zoo_common.quantization.encoding import Encoding

LEAST_RANGE_COMPUTED = 0.01
LEAST_RANGE_APPLIED = 1e-5
LEAST_BITS, MOST_BITS = 4, 16


class Grid(NamedTuple):
    """What an encoding comes to when it is applied.

    Attributes:
        minimum, maximum: ends of the range, float64.
        scale: float64.
        offset: whole numbers as float64, <= 0.
        steps: highest integer; real = scale * (q + offset), q in 0 .. steps.
    """

    minimum: np.ndarray
    maximum: np.ndarray
    scale: np.ndarray
    offset: np.ndarray
    steps: np.ndarray


def check_bits(value: Any, name: str) -> int:
    """Return a bit width as a whole number.

    Raises:
        ZooError: not a whole number of 4 to 16.
    """
    try:
        bits = int(str(value))
    except ValueError:
        bits = 0
    if not LEAST_BITS <= bits <= MOST_BITS:
        raise ZooError("{}: {!r} is not a bit width of {} to {}".format(name, value, LEAST_BITS, MOST_BITS))
    return bits


def check_symmetry(symmetric: bool, unsigned_symmetric: bool, strict: bool) -> None:
    """Refuse what AIMET asserts against.

    Raises:
        ZooError: symmetric, strict and unsigned at once.
    """
    if symmetric and unsigned_symmetric and strict:
        raise ZooError("strict_symmetric and unsigned_symmetric: only one of them can be true of a symmetric grid")


def round_half_away(values: np.ndarray) -> np.ndarray:
    """Round as C's ``round`` does: 0.5 to 1, -0.5 to -1. Keeps the dtype."""
    values = np.asarray(values)
    whole = np.trunc(values)
    return whole + np.sign(values) * (np.abs(values - whole) >= 0.5)


def minmax_encoding(
    low: Any, high: Any, bits: int, symmetric: bool, unsigned_symmetric: bool = True, strict: bool = False
) -> Encoding:
    """Compute the encoding of scheme ``tf`` (minimum and maximum).

    Args:
        low, high: smallest and largest value seen; shape () or (channels,).
        bits: bit width.
        symmetric: ask for -P..P around zero, P = 2**(bits - 1) - 1.
        unsigned_symmetric: symmetric tensors that are never negative use all of 0..2**bits - 1.
        strict: symmetric grids have no -P - 1.

    Raises:
        ZooError: symmetric, strict and unsigned at once.
    """
    check_symmetry(symmetric, unsigned_symmetric, strict)
    low = np.minimum(np.asarray(low, np.float64), 0)
    high = np.maximum(np.maximum(np.asarray(high, np.float64), 0), low + LEAST_RANGE_COMPUTED)
    steps = 2**bits - (2 if symmetric and strict else 1)
    scale = (high - low) / steps
    inside = (low < 0) & (high > 0)
    offset = np.where(inside, -np.clip(round_half_away(-low / scale), 0, steps), round_half_away(low / scale))
    minimum = scale * offset
    maximum = high - low + minimum
    if symmetric:
        signed = np.asarray((low < 0) | (not unsigned_symmetric))
        positive, negative = steps // 2, steps - steps // 2
        even = np.maximum(-low, high) / positive
        scale, offset = np.where(signed, even, scale), np.where(signed, -float(negative), offset)
        minimum = np.where(signed, -negative * even, minimum)
        maximum = np.where(signed, positive * even, maximum)
    return Encoding(minimum, maximum, scale, offset + 0.0, bits, symmetric)


def weight_range(weight: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Return the smallest and largest value of each output channel, float64 [out]."""
    flat = weight.reshape(len(weight), -1)
    return flat.min(axis=1).astype(np.float64), flat.max(axis=1).astype(np.float64)


def tightest_weight_encoding(low: np.ndarray, high: np.ndarray, bits: int) -> Encoding:
    """Compute the symmetric encoding as AIMET 2 does: the scale is max(high / P, -low / (P + 1)).

    AIMET 1 and the zoo's files have max(high, -low) / P, up to 1 / (P + 1) more: 12.5 % with four bits.
    """
    positive = 2 ** (bits - 1) - 1
    low, high = np.minimum(low, 0).astype(np.float64), np.maximum(high, 0).astype(np.float64)
    least = LEAST_RANGE_COMPUTED / (2**bits - 1)
    scale = np.maximum(np.maximum(high / positive, -low / (positive + 1)), least)
    offset = np.full_like(scale, -(positive + 1.0))
    return Encoding(offset * scale, positive * scale, scale, offset, bits, True)


def applied(encoding: Encoding) -> Grid:
    """Return the grid as AIMET applies it: scale and offset follow anew from minimum and maximum."""
    minimum = np.minimum(np.asarray(encoding.minimum, np.float64), 0)
    maximum = np.maximum(np.asarray(encoding.maximum, np.float64), 0)
    maximum = np.maximum(maximum, minimum + LEAST_RANGE_APPLIED)
    steps = np.where(minimum == -maximum, 2**encoding.bits - 2, 2**encoding.bits - 1).astype(np.float64)
    scale = (maximum - minimum) / steps
    return Grid(minimum, maximum, scale, round_half_away(minimum / scale) + 0.0, steps)


def round_to_grid(values: np.ndarray, encoding: Encoding) -> np.ndarray:
    """Quantize and dequantize.

    Args:
        values: float32; for a per-channel encoding the channels are axis 0.

    Returns:
        float32 of the same shape.
    """
    minimum, maximum, scale, offset, _ = (_spread(part, values.ndim) for part in applied(encoding))
    inside = np.clip(np.asarray(values, np.float32), minimum, maximum)
    return scale * (round_half_away(inside / scale - offset) + offset)


def _spread(part: np.ndarray, dimensions: int) -> np.ndarray:
    part = np.asarray(part, np.float32)
    return part.reshape(part.shape + (1,) * (dimensions - 1)) if part.ndim else part
