import hashlib

import cv2
import numpy as np
import pytest

from zoo_common.crops import warp
from zoo_common.crops.warping import warp_affine_is_fixed_point, warp_fixed_point

SIZE = (256, 192)
# OpenCV 4.8.1's warpAffine on the crops below.
OPENCV_4 = "d966ae1cd581"


def crops():
    """Yield forty noise crops: half of them turned, many of them across the border."""
    rng = np.random.default_rng(0)
    cv2.GaussianBlur(rng.integers(0, 256, (480, 640, 3)).astype(np.uint8), (0, 0), 1)
    image = rng.integers(0, 256, (480, 640, 3)).astype(np.uint8)
    for number in range(40):
        zoom, centre = rng.uniform(0.2, 3), rng.uniform(-50, 500, 2)
        angle = rng.uniform(-60, 60) if number % 2 else 0
        matrix = cv2.getRotationMatrix2D((float(centre[0]), float(centre[1])), angle, zoom)
        matrix[:, 2] += (96 - centre[0], 128 - centre[1])
        yield image, matrix


def test_every_opencv_gives_the_pixels_of_opencv_4():
    cut = np.stack([warp(image, matrix, SIZE) for image, matrix in crops()])
    assert hashlib.sha256(cut.tobytes()).hexdigest()[:12] == OPENCV_4


@pytest.mark.skipif(not warp_affine_is_fixed_point(), reason="this OpenCV interpolates at exact coordinates")
def test_both_ways_agree_where_both_are_to_be_had():
    for image, matrix in crops():
        assert np.array_equal(warp(image, matrix, SIZE), warp_fixed_point(image, matrix, SIZE))


def test_what_lies_outside_is_black():
    image = np.full((20, 20, 3), 200, np.uint8)
    far = np.array([[1.0, 0, -1000], [0, 1, 0]])
    assert not warp(image, far, (8, 8)).any() and not warp_fixed_point(image, far, (8, 8)).any()


def test_what_lies_outside_is_the_border_asked_for():
    image = np.full((20, 20, 3), 200, np.uint8)
    beside = np.array([[1.0, 0, 4], [0, 1, 0]])
    for cut in (warp(image, beside, (8, 8), border=128), warp_fixed_point(image, beside, (8, 8), border=128)):
        assert (cut[:, :4] == 128).all() and (cut[:, 4:] == 200).all()
