"""From cells to image pixels, one axis at a time.

Enlarging a map by the stride, cutting the padding off, resizing to the image and blurring are linear and separable.
Along one axis they are a matrix: what OpenCV's own resize makes of the identity. A map seen at image resolution is then
two matrix products, and its value at one pixel needs only the few cells whose weights are not zero.
"""

import functools
from typing import NamedTuple, Tuple

import cv2
import numpy as np

from zoo_common.paf.fit import STRIDE, Fit

SIGMA = 3.0
"""Of the gaussian that is laid over heatmaps before peaks are sought, in image pixels."""
RADIUS = int(4 * SIGMA + 0.5)
BLOCK = 8
"""Pixels a block of the bound."""


class AxisOperator(NamedTuple):
    """One axis of ``pixels`` and ``cells``; read-only arrays.

    Attributes:
        plain: float32 [pixels, cells], resizing alone.
        first: int64 [pixels], the first cell that pixel depends on.
        taps: float32 [pixels, t], weights of the cells ``first .. first + t - 1``; t is 5 or, on fewer cells, less.
        blurred: float32 [pixels + 2, cells], resizing and blur, with a row of zeros before and after: outside the image
            a map counts as 0.
        bound: float32 [2 x blocks, cells]: within each block of pixels the largest weight in ``blurred`` that is
            positive, else 0; then, block by block, the size of the most negative one.
        low, high: int64 [pixels + 2], ascending: rows ``a .. b`` of ``blurred`` have weights in the cells
            ``low[a] .. high[b] - 1`` alone.
    """

    plain: np.ndarray
    first: np.ndarray
    taps: np.ndarray
    blurred: np.ndarray
    bound: np.ndarray
    low: np.ndarray
    high: np.ndarray


class MapOperator(NamedTuple):
    """Both axes of a map."""

    rows: AxisOperator
    columns: AxisOperator


def map_operator(place: Fit) -> MapOperator:
    """Return the operators from the cells of ``place`` to its image."""
    rows, columns = (axis_operator(place.cells[a], place.scaled[a], place.image[a]) for a in (0, 1))
    return MapOperator(rows, columns)


def gaussian_kernel() -> np.ndarray:
    """Return float64 [25]: sigma 3, cut at 4 sigma, sum 1; SciPy's ``gaussian_filter`` with its defaults."""
    offsets = np.arange(-RADIUS, RADIUS + 1)
    weights = np.exp(-0.5 / (SIGMA * SIGMA) * offsets**2)
    return weights / weights.sum()


@functools.lru_cache(maxsize=64)
def axis_operator(cells: int, scaled: int, pixels: int) -> AxisOperator:
    """Return one axis: ``cells`` times the stride, cut to ``scaled``, resized to ``pixels``, and blurred.

    The identity is float64, which OpenCV resizes by its own code, as it does maps of many channels; float32 of one or
    three channels may go to a library whose coordinates are rounded less.
    """
    large = cv2.resize(np.eye(cells), (cells, cells * STRIDE), interpolation=cv2.INTER_CUBIC)
    plain = cv2.resize(large[:scaled], (cells, pixels), interpolation=cv2.INTER_CUBIC)
    blurred = np.zeros((pixels + 2, cells))
    blurred[1:-1] = cv2.sepFilter2D(plain, cv2.CV_64F, np.ones(1), gaussian_kernel(), borderType=cv2.BORDER_REFLECT)
    first, count = _support(plain)
    taps = plain[np.arange(pixels)[:, None], first[:, None] + np.arange(count)]
    used = np.pad(blurred[1:-1] != 0, ((1, 1), (0, 0)), mode="edge")
    low, high = used.argmax(axis=1), cells - used[:, ::-1].argmax(axis=1)
    low, high = np.minimum.accumulate(low[::-1])[::-1], np.maximum.accumulate(high)
    blocks = np.zeros((-(-pixels // BLOCK) * BLOCK, cells))
    blocks[:pixels] = blurred[1:-1]
    blocks = blocks.reshape(-1, BLOCK, cells)
    bound = np.maximum(np.concatenate([blocks.max(axis=1), -blocks.min(axis=1)]), 0)
    arrays = [np.ascontiguousarray(a, np.float32) for a in (plain, taps, blurred, bound)]
    plain, taps, blurred, bound = arrays
    for array in arrays + [first, low, high]:
        array.setflags(write=False)
    return AxisOperator(plain, first, taps, blurred, bound, low, high)


def _support(matrix: np.ndarray) -> Tuple[np.ndarray, int]:
    used = matrix != 0
    first = used.argmax(axis=1)
    last = matrix.shape[1] - 1 - used[:, ::-1].argmax(axis=1)
    count = int((last - first).max()) + 1
    return np.minimum(first, matrix.shape[1] - count), count
