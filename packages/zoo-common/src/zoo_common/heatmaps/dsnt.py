"""Differentiable spatial-to-numerical transform (Nibali et al., 2018) as a decoder: the expectation of each map."""

from typing import Tuple

import numpy as np


def decode_dsnt(heatmaps: np.ndarray, clip: bool = True) -> Tuple[np.ndarray, np.ndarray]:
    """Decode joints as the centre of mass of each map.

    GluonCV's ``--dsnt`` divides by the plain sum of the map, which explodes when positive and negative cells cancel,
    and gives every joint the score 1, so that all people tie. By default negative cells are taken as 0, a map with
    no positive cell decodes to the middle, and the confidence is the map's maximum. ``clip=False`` is the published
    arithmetic of the coordinates.

    Args:
        heatmaps: float32 [N, K, H, W].
        clip: take negative cells as 0.

    Returns:
        ``points`` float32 [N, K, 2] as (x, y) in heatmap cells, with the half-cell convention of GluonCV (the middle
        of the map is ``(W / 2, H / 2)``), and ``confidence`` float32 [N, K], the maximum.
    """
    height, width = heatmaps.shape[2:]
    value = heatmaps.max(axis=(2, 3))
    maps = np.maximum(heatmaps, 0) if clip else heatmaps
    columns, rows = maps.sum(axis=2, dtype=np.float64), maps.sum(axis=3, dtype=np.float64)
    total = columns.sum(axis=2)
    safe = np.where(total == 0, 1.0, total)
    x = (columns * (np.arange(width) + 0.5)).sum(axis=2) / safe
    y = (rows * (np.arange(height) + 0.5)).sum(axis=2) / safe
    x = np.where(total == 0, width * 0.5, x)
    y = np.where(total == 0, height * 0.5, y)
    return np.stack([x, y], axis=-1).astype(np.float32), value
