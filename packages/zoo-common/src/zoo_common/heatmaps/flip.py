"""The flip test: average a heatmap with the mirrored image's heatmap, mirrored back."""

from typing import Sequence, Tuple

import numpy as np


def flip_average(
    heatmaps: np.ndarray, mirrored: np.ndarray, flip_pairs: Sequence[Tuple[int, int]], shift: bool = True
) -> np.ndarray:
    """Return the mean of the heatmaps and of those of the mirrored input.

    Args:
        heatmaps: float32 [N, K, H, W] of the input.
        mirrored: float32 [N, K, H, W] of the input flipped along its width.
        flip_pairs: joints that swap under mirroring, 0-based.
        shift: move the mirrored-back map right by one column, which aligns strided networks
            (``SHIFT_HEATMAP`` of HRNet; GluonCV always does); column 0 keeps its value.

    Returns:
        float32 [N, K, H, W].
    """
    order = np.arange(heatmaps.shape[1])
    for left, right in flip_pairs:
        order[left], order[right] = right, left
    back = mirrored[:, order, :, ::-1]
    if shift:
        back = np.concatenate([back[..., :1], back[..., :-1]], axis=3)
    return (heatmaps + back) * np.float32(0.5)
