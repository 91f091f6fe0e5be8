"""What a part-affinity-field network is taught to draw (Cao et al., CVPR 2017, section 2.2)."""

from typing import Tuple

import numpy as np

from zoo_common.paf import HEATMAPS, LIMBS, PAFS, STRIDE, PafMaps
from zoo_common.training.targets import gaussian_maps

CELL_CENTRE = (STRIDE - 1) / 2
"""Cell 0 is centred there: maps are enlarged with pixel centres half-way, as `cv2.resize` does."""

_STARTS, _ENDS, _CHANNELS = np.array(LIMBS).T


def target_maps(
    joints: np.ndarray, labelled: np.ndarray, cells: Tuple[int, int], sigma: float, limb_width: float
) -> PafMaps:
    """Draw everyone's heatmaps and fields.

    Args:
        joints: float ``[P, 18, 2]``, x and y in input pixels, inside the input or not.
        labelled: bool ``[P, 18]``; other joints are not drawn, nor limbs that end in one.
        cells: ``(height, width)`` of the maps.
        sigma: of the Gaussians, in cells; the tallest counts where people overlap.
        limb_width: how far from a limb its field reaches, in cells.

    Returns:
        float32 ``[19, h, w]``, the last being 1 less the tallest joint; and ``[38, h, w]``.
    """
    heatmaps = np.zeros((HEATMAPS,) + tuple(cells), np.float32)
    place = joints.astype(np.float32) - np.float32(CELL_CENTRE)
    if len(place):
        bells = gaussian_maps(place, cells, STRIDE, sigma) * labelled[:, :, None, None]
        heatmaps[:-1] = bells.max(axis=0)
    heatmaps[-1] = 1 - heatmaps[:-1].max(axis=0)
    return PafMaps(heatmaps, fields(place / np.float32(STRIDE), labelled, cells, limb_width))


def fields(place: np.ndarray, labelled: np.ndarray, cells: Tuple[int, int], limb_width: float) -> np.ndarray:
    """Draw unit vectors along each limb and round its ends, fading out over one cell about ``limb_width``.

    Where limbs of one kind overlap, the field is their mean.

    Args:
        place: float32 ``[P, 18, 2]``, x and y in cells.

    Returns:
        float32 ``[38, h, w]``; x and y of limb k at the channels `LIMBS` gives.
    """
    begin, end = place[:, _STARTS, None, None], place[:, _ENDS, None, None]
    length = np.maximum(np.sqrt(((end - begin) ** 2).sum(axis=-1, keepdims=True)), np.float32(1e-3))
    unit = (end - begin) / length
    there = np.stack(np.meshgrid(*(np.arange(n, dtype=np.float32) for n in cells[::-1])), axis=-1)
    offset = there - begin
    along = np.clip((offset * unit).sum(axis=-1, keepdims=True), 0, length)
    distance = np.sqrt(((offset - along * unit) ** 2).sum(axis=-1))
    share = np.clip(np.float32(limb_width + 0.5) - distance, 0, 1)
    share *= (labelled[:, _STARTS] & labelled[:, _ENDS])[:, :, None, None]
    total = np.maximum(share.sum(axis=0), 1)
    out = np.empty((PAFS,) + tuple(cells), np.float32)
    for axis in (0, 1):
        out[_CHANNELS + axis] = (share * unit[..., axis]).sum(axis=0) / total
    return out
