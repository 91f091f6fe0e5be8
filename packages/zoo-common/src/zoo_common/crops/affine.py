"""The affine map between the image and a crop, from three float32 point pairs as the reference systems build it."""

from typing import Tuple

import cv2
import numpy as np

Size = Tuple[int, int]


def crop_matrix(centre: np.ndarray, scale: np.ndarray, size: Size) -> np.ndarray:
    """Return the 2x3 float64 matrix that maps image pixels to crop pixels.

    ``centre`` goes to (width / 2, height / 2) and the crop's width shows ``scale[0]`` image pixels; the height
    follows because the aspect ratios are equal. There is no half-pixel correction and no rotation
    (``get_affine_transform`` of the HRNet and GluonCV repositories).

    Args:
        centre: float32 [2], image pixels.
        scale: float32 [2], crop width and height in image pixels.
        size: (height, width) of the crop.
    """
    height, width = size
    source = _three_points(centre.astype(np.float32), np.float32(scale[0]) * np.float32(0.5))
    target = _three_points(np.array([width * 0.5, height * 0.5], np.float32), np.float32(width * 0.5))
    return cv2.getAffineTransform(source, target)


def _three_points(centre: np.ndarray, half_width: np.float32) -> np.ndarray:
    up = centre + np.array([0.0, -half_width], np.float32)
    direction = centre - up
    corner = up + np.array([-direction[1], direction[0]], np.float32)
    return np.stack([centre, up, corner]).astype(np.float32)


def heatmap_to_image(points: np.ndarray, centre: np.ndarray, scale: np.ndarray, size: Size) -> np.ndarray:
    """Map heatmap coordinates back to image pixels, for a whole batch at once.

    The closed form of the inverse three-point affine: ``x = cx + (x' - width / 2) * scale_w / width`` and the same
    step along y, since only the crop's width enters the map.

    Args:
        points: float [N, K, 2], x and y in heatmap cells.
        centre: float32 [N, 2]. scale: float32 [N, 2], image pixels.
        size: (height, width) of the heatmap.

    Returns:
        float32 [N, K, 2] in image pixels.
    """
    height, width = size
    middle = np.array([width * 0.5, height * 0.5])
    step = scale[:, None, :1].astype(np.float64) / width
    return (centre[:, None, :].astype(np.float64) + (points - middle) * step).astype(np.float32)
