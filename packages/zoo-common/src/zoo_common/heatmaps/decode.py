"""Arg-max decoding of a batch of heatmaps with the quarter-pixel offset of Simple Baselines (Xiao et al., 2018)."""

from typing import Tuple

import numpy as np


def argmax(heatmaps: np.ndarray) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find the first maximum, in row-major order, of every map.

    Args:
        heatmaps: float32 [N, K, H, W].

    Returns:
        ``x`` and ``y`` int64 [N, K], ``value`` float32 [N, K].
    """
    count, joints, height, width = heatmaps.shape
    flat = heatmaps.reshape(count * joints, height * width)
    index = flat.argmax(axis=1)
    value = flat[np.arange(len(flat)), index]
    y, x = np.divmod(index.reshape(count, joints), width)
    return x, y, value.reshape(count, joints)


def decode_quarter(heatmaps: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Decode joints: arg-max, then a quarter of a cell towards the larger neighbour along each axis.

    The offset applies where ``1 < x < W - 1`` and ``1 < y < H - 1`` (both strict, as published); equal neighbours
    give none. A map whose maximum is not positive decodes to (0, 0).

    Args:
        heatmaps: float32 [N, K, H, W], already flip-averaged if a flip test is wanted.

    Returns:
        ``points`` float32 [N, K, 2] as (x, y) in heatmap cells and ``confidence`` float32 [N, K], the maximum.
    """
    count, joints, height, width = heatmaps.shape
    x, y, value = argmax(heatmaps)
    positive = value > 0
    points = np.stack([x, y], axis=-1).astype(np.float32) * positive[..., None]
    person, joint = np.nonzero(positive & (x > 1) & (x < width - 1) & (y > 1) & (y < height - 1))
    px, py = x[person, joint], y[person, joint]
    flat = heatmaps.reshape(-1)
    here = ((person * joints + joint) * height + py) * width + px
    points[person, joint, 0] += np.float32(0.25) * np.sign(flat[here + 1] - flat[here - 1])
    points[person, joint, 1] += np.float32(0.25) * np.sign(flat[here + width] - flat[here - width])
    return points, value
