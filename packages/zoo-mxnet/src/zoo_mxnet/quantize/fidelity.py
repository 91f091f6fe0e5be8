"""How far one network's heatmaps are from another's."""

import math

import numpy as np


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
