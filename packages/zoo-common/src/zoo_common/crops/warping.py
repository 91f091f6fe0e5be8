"""Cutting a crop out of an image with the same pixels under every release of OpenCV.

Published numbers come from OpenCV 4's ``warpAffine``: source coordinates in 1/32 pixel, bilinear weights in 15-bit
fixed point. OpenCV 5 interpolates at exact coordinates, which moves pixels by up to 7 of 255. Its ``remap`` still takes
fixed-point maps; with the maps that ``warpAffine`` used to make it gives the old pixels bit for bit.
"""

import functools
from typing import Tuple

import cv2
import numpy as np

from zoo_common.crops.affine import Size

_COORDINATE_BITS = 10
_WEIGHT_BITS = 5
_PROBE_MATRIX = np.array([[0.47, 0.061, 3.3], [-0.052, 0.53, 2.7]])


def warp(image: np.ndarray, matrix: np.ndarray, size: Size, border: int = 0) -> np.ndarray:
    """Cut the crop out: OpenCV 4's fixed-point bilinear ``warpAffine`` with a constant border.

    Args:
        image: uint8 [H, W, 3].
        matrix: 2x3, image pixels to crop pixels, as `crop_matrix`.
        size: (height, width) of the crop.
        border: of what lies outside the image, in all channels.

    Returns:
        uint8 [height, width, 3], the channel order of ``image``.
    """
    if warp_affine_is_fixed_point():
        return _warp_affine(image, matrix, size, border)
    return warp_fixed_point(image, matrix, size, border)


def warp_fixed_point(image: np.ndarray, matrix: np.ndarray, size: Size, border: int = 0) -> np.ndarray:
    """Do the same by ``remap`` and explicit fixed-point maps, which every release of OpenCV honours."""
    places, weights = _maps(matrix, size)
    value = (border,) * 3
    return cv2.remap(image, places, weights, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=value)


def warp_nearest(image: np.ndarray, matrix: np.ndarray, size: Size, border: int = 0) -> np.ndarray:
    """Cut the crop out without interpolation: the pixel nearest to each exact coordinate, halves away from zero.

    What ``tfa.image.transform`` does unless told otherwise; arguments and result as `warp`.
    """
    inverse = cv2.invertAffineTransform(np.asarray(matrix, np.float64))
    rows, columns = np.mgrid[: size[0], : size[1]]
    exact = inverse[:, :1, None] * columns + inverse[:, 1:2, None] * rows + inverse[:, 2:, None]
    whole = np.clip(np.trunc(exact + np.copysign(0.5, exact)), -1, 2**15 - 1)
    places = np.ascontiguousarray(np.moveaxis(whole, 0, -1).astype(np.int16))
    value = (border,) * 3
    return cv2.remap(image, places, None, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT, borderValue=value)


@functools.lru_cache(maxsize=None)
def warp_affine_is_fixed_point() -> bool:
    """Tell whether this OpenCV's own ``warpAffine``, about twice as fast, still gives these pixels."""
    image = np.random.RandomState(0).randint(0, 256, (48, 48, 3)).astype(np.uint8)
    return np.array_equal(
        _warp_affine(image, _PROBE_MATRIX, (32, 24)), warp_fixed_point(image, _PROBE_MATRIX, (32, 24))
    )


def _warp_affine(image: np.ndarray, matrix: np.ndarray, size: Size, border: int = 0) -> np.ndarray:
    return cv2.warpAffine(image, matrix, (size[1], size[0]), flags=cv2.INTER_LINEAR, borderValue=(border,) * 3)


def _maps(matrix: np.ndarray, size: Size) -> Tuple[np.ndarray, np.ndarray]:
    """Return the whole pixels int16 [h, w, 2] and the index of the bilinear weights uint16 [h, w]."""
    height, width = size
    inverse = cv2.invertAffineTransform(np.asarray(matrix, np.float64))
    one, half = 1 << _COORDINATE_BITS, 1 << (_COORDINATE_BITS - _WEIGHT_BITS - 1)
    columns, rows = np.arange(width), np.arange(height)
    places = np.empty((height, width, 2), np.int16)
    fractions = []
    for axis in (0, 1):
        across = np.rint(inverse[axis, 0] * columns * one).astype(np.int32)
        down = np.rint((inverse[axis, 1] * rows + inverse[axis, 2]) * one).astype(np.int32) + half
        fine = (down[:, None] + across) >> (_COORDINATE_BITS - _WEIGHT_BITS)
        places[..., axis] = np.clip(fine >> _WEIGHT_BITS, -(2**15), 2**15 - 1)
        fractions.append(fine & ((1 << _WEIGHT_BITS) - 1))
    return places, ((fractions[1] << _WEIGHT_BITS) + fractions[0]).astype(np.uint16)
