"""What the network is taught to draw."""

from typing import Tuple

import numpy as np


def gaussian_maps(joints: np.ndarray, size: Tuple[int, int], stride: float, sigma: float) -> np.ndarray:
    """Return one Gaussian of height 1 a joint, centred on the joint's exact place and not on the nearest cell.

    Cell (x, y) stands for crop pixel ``(x * stride, y * stride)``, as in the decoding of SimplePose and HRNet.

    Args:
        joints: float ``[..., 2]``, x and y in crop pixels.
        size: ``(height, width)`` of the maps.
        stride: crop pixels a cell.
        sigma: standard deviation in cells.

    Returns:
        float32 ``[..., height, width]``.
    """
    place = joints.astype(np.float32) / np.float32(stride)
    scale = np.float32(-0.5 / sigma**2)
    columns = np.exp(scale * (np.arange(size[1], dtype=np.float32) - place[..., 0:1]) ** 2)
    rows = np.exp(scale * (np.arange(size[0], dtype=np.float32) - place[..., 1:2]) ** 2)
    return rows[..., :, None] * columns[..., None, :]
