"""Distribution-aware decoding (DARK; Zhang et al., 2020): the peak of the Gaussian that a map's maximum belongs to."""

from typing import Tuple

import cv2
import numpy as np

from zoo_common.heatmaps.decode import argmax

REACH = 2
"""Cells on either side of the maximum that the second derivatives look at."""
FLOOR = 1e-10
"""Of the map before its logarithm, as published."""


def decode_dark(heatmaps: np.ndarray, kernel: int = 11) -> Tuple[np.ndarray, np.ndarray]:
    """Decode joints: arg-max, then one Newton step on the logarithm of the smoothed map.

    As published, maps are smoothed with zeros beyond their border, and the step is taken where ``1 < x < W - 2`` and
    ``1 < y < H - 2``. Two things the published code leaves open are settled: where the logarithm has no maximum
    (its Hessian is not negative definite) no step is taken, and none is longer than a cell along either axis. A map
    whose maximum is not positive decodes to (0, 0). Only the neighbourhood of each maximum is smoothed: the rest of
    a map does not matter, nor does the published rescaling to the old maximum, a constant of the logarithm.

    Args:
        heatmaps: float32 [N, K, H, W], already flip-averaged if a flip test is wanted.
        kernel: odd width of the Gaussian in cells; 11, of standard deviation 2, fits maps that were taught Gaussians
            of 2 cells.

    Returns:
        ``points`` float32 [N, K, 2] as (x, y) in heatmap cells and ``confidence`` float32 [N, K], the maximum before
        smoothing.
    """
    count, joints, height, width = heatmaps.shape
    x, y, value = argmax(heatmaps)
    positive = value > 0
    points = np.stack([x, y], axis=-1).astype(np.float32) * positive[..., None]
    person, joint = np.nonzero(positive & (x > 1) & (x < width - 2) & (y > 1) & (y < height - 2))
    if not len(person):
        return points, value
    margin = REACH + kernel // 2
    around = np.arange(-margin, margin + 1)
    rows = y[person, joint, None] + around
    columns = x[person, joint, None] + around
    inside = ((rows >= 0) & (rows < height))[:, :, None] & ((columns >= 0) & (columns < width))[:, None, :]
    rows, columns = np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)
    patches = heatmaps[person[:, None, None], joint[:, None, None], rows[:, :, None], columns[:, None, :]]
    smooth = _smoother(kernel)
    patches = smooth @ (patches * inside).astype(np.float64) @ smooth.T
    points[person, joint] += _newton_step(np.log(np.maximum(patches, FLOOR)))
    return points, value


def _smoother(kernel: int) -> np.ndarray:
    """Return the matrix float64 [5, 5 + kernel - 1] that smooths a column; the Gaussian is OpenCV's for this width."""
    weights = cv2.getGaussianKernel(kernel, 0)[:, 0]
    size = 2 * REACH + 1
    matrix = np.zeros((size, size + kernel - 1))
    for row in range(size):
        matrix[row, row : row + kernel] = weights
    return matrix


def _newton_step(logs: np.ndarray) -> np.ndarray:
    """Return the step float32 [M, 2] from the middle of patches float64 [M, 5, 5] to the top of their paraboloid."""
    dx = 0.5 * (logs[:, 2, 3] - logs[:, 2, 1])
    dy = 0.5 * (logs[:, 3, 2] - logs[:, 1, 2])
    dxx = 0.25 * (logs[:, 2, 4] - 2 * logs[:, 2, 2] + logs[:, 2, 0])
    dyy = 0.25 * (logs[:, 4, 2] - 2 * logs[:, 2, 2] + logs[:, 0, 2])
    dxy = 0.25 * (logs[:, 3, 3] - logs[:, 1, 3] - logs[:, 3, 1] + logs[:, 1, 1])
    determinant = dxx * dyy - dxy * dxy
    peaked = (determinant > 0) & (dxx < 0)
    safe = np.where(peaked, determinant, 1.0)
    step = np.stack([dxy * dy - dyy * dx, dxy * dx - dxx * dy], axis=-1) / safe[:, None]
    return (np.clip(step, -1, 1) * peaked[:, None]).astype(np.float32)
