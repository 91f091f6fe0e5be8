"""How far one network's heatmaps are from another's."""

import math
from typing import Callable, Dict, Tuple

import numpy as np

from zoo_common.heatmaps.decode import decode_quarter

Decoder = Callable[[np.ndarray], Tuple[np.ndarray, np.ndarray]]


def sqnr_db(reference: np.ndarray, approximation: np.ndarray) -> float:
    """Return the signal-to-quantization-noise ratio 10 log10(sum ref^2 / sum (ref - approx)^2) in dB.

    Equal arrays give infinity.
    """
    wide = np.asarray(reference, np.float64)
    noise = float(np.sum((wide - np.asarray(approximation, np.float64)) ** 2))
    signal = float(np.sum(wide**2))
    if noise == 0:
        return math.inf
    return 10 * math.log10(signal / noise) if signal > 0 else -math.inf


def joint_shift(
    reference: np.ndarray, approximation: np.ndarray, input_size: Tuple[int, int], decode: Decoder = decode_quarter
) -> np.ndarray:
    """Return how far each decoded joint moves, in pixels of the network's input.

    Args:
        reference, approximation: heatmaps float32 ``[N, K, h, w]``.
        input_size: height and width of the network's input.
        decode: from heatmaps to points in cells and confidence.

    Returns:
        float64 ``[N, K]``.
    """
    stride = np.array([input_size[1] / reference.shape[3], input_size[0] / reference.shape[2]])
    before, _ = decode(reference)
    after, _ = decode(approximation)
    return np.hypot(*np.moveaxis((after.astype(np.float64) - before) * stride, -1, 0))


def shift_summary(shift: np.ndarray) -> Dict[str, float]:
    """Return mean, median and 95th percentile of joint shifts, and the share of joints that moved more than a pixel.

    The mean is ruled by the few joints whose peak jumps elsewhere; the median by everyone else.
    """
    return {
        "mean": float(np.mean(shift)),
        "median": float(np.median(shift)),
        "p95": float(np.percentile(shift, 95)),
        "moved_over_1px": float(np.mean(shift > 1)),
    }
