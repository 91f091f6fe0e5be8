"""Activation ranges with the least mean squared error: wide enough for what is common, not for every outlier.

For each candidate threshold T the error is that of rounding, step^2 / 12 for every value inside that is
not exactly zero, plus that of clipping, (|x| - T)^2 for every value beyond (the criterion of Banner et
al., arXiv:1810.05723, evaluated on the observed histogram instead of an assumed distribution).
"""

import ctypes
from typing import Dict, Sequence, Tuple

import mxnet as mx
import numpy as np
from mxnet.base import NDArrayHandle, py_str

BINS = 4096
CANDIDATES = np.linspace(0.02, 1.0, 99)


class HistogramCollector:
    """Monitor callback: histograms of |x| within the ranges a first pass found.

    Args:
        ranges: layer output name to ``(minimum, maximum)``.
    """

    def __init__(self, ranges: Dict[str, Tuple[float, float]]):
        self._ranges = {name: (float(low), float(high)) for name, (low, high) in ranges.items()}
        self._counts = {name: np.zeros(BINS, np.int64) for name in ranges}

    def collect(self, name: bytes, handle: int) -> None:
        """Add one output's values; called by MXNet."""
        key = py_str(name)
        if key not in self._ranges:
            return
        values = np.abs(mx.nd.NDArray(ctypes.cast(handle, NDArrayHandle), writable=False).asnumpy().ravel())
        values = values[values > 0]
        self._counts[key] += np.histogram(values, BINS, (0, self._top(key)))[0]

    @property
    def min_max_dict(self) -> Dict[str, Tuple[float, float]]:
        """The chosen ranges, in the form MXNet's calibration takes."""
        chosen = {}
        for name, (low, _) in self._ranges.items():
            if low < 0:
                threshold = best_threshold(self._counts[name], self._top(name), levels=127)
                chosen[name] = (-threshold, threshold)
            else:
                chosen[name] = (low, best_threshold(self._counts[name], self._top(name), levels=255))
        return chosen

    def _top(self, name: str) -> float:
        low, high = self._ranges[name]
        return max(abs(low), abs(high), 1e-30)


def best_threshold(counts: Sequence[int], top: float, levels: int) -> float:
    """Return the threshold in (0, top] with the least squared error for a histogram over [0, top]."""
    weights = np.asarray(counts, np.float64)
    if not weights.sum():
        return top
    centres = (np.arange(len(weights)) + 0.5) * (top / len(weights))
    errors = []
    for threshold in CANDIDATES * top:
        beyond = np.maximum(centres - threshold, 0)
        inside = weights[centres <= threshold].sum()
        errors.append(inside * (threshold / levels) ** 2 / 12 + np.sum(weights * beyond**2))
    return float(CANDIDATES[int(np.argmin(errors))] * top)
