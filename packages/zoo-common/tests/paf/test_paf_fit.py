"""How images are laid into the network's input."""

import hashlib

import cv2
import numpy as np
import pytest

from zoo_common.errors import ZooError
from zoo_common.paf import fit, lay

IPP = cv2.ipp.useIPP()


@pytest.mark.parametrize(
    "size, scaled, padded",
    [
        ((640, 427), (368, 552), (368, 552)),
        ((640, 480), (368, 491), (368, 496)),
        ((480, 640), (368, 276), (368, 280)),
        ((500, 375), (368, 491), (368, 496)),
        ((90, 368), (368, 90), (368, 96)),
    ],
)
def test_sizes(size, scaled, padded):
    place = fit(size[0], size[1], 368)
    assert (place.scaled, place.padded) == (scaled, padded)
    assert place.cells == (padded[0] // 8, padded[1] // 8)


def test_sizes_are_opencvs():
    rng = np.random.RandomState(0)
    for _ in range(40):
        width, height = (int(v) for v in rng.randint(20, 700, 2))
        place = fit(width, height, 184)
        image = np.zeros((height, width), np.uint8)
        assert cv2.resize(image, None, fx=place.scale, fy=place.scale).shape == place.scaled


def test_only_right_and_bottom_are_padded():
    image = np.random.RandomState(1).randint(0, 256, (100, 130, 3)).astype(np.uint8)
    place = fit(130, 100, 180)
    assert place.scaled == (180, 234) and place.padded == (184, 240)
    laid = lay(image, place, 7)
    small = cv2.resize(image, None, fx=1.8, fy=1.8, interpolation=cv2.INTER_CUBIC)
    assert np.abs(laid[:180, :234].astype(int) - small).max() <= 1  # IPP, where OpenCV has it, rounds otherwise
    assert (laid[180:] == 7).all() and (laid[:, 234:] == 7).all()


def test_pixels_depend_on_no_threads_and_no_release():
    """With IPP about every tenth photograph would differ between one stripe and two."""
    before, rng = cv2.getNumThreads(), np.random.RandomState(2)
    digest = hashlib.sha256()
    try:
        for width, height in ((640, 480), (480, 640), (612, 333)):
            small = rng.randint(0, 256, (height // 8, width // 8, 3)).astype(np.float64)
            image = cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST).astype(np.uint8)
            place = fit(width, height, 240)
            laid = []
            for threads in (1, 2, 5):
                cv2.setNumThreads(threads)
                laid.append(lay(image, place))
            np.testing.assert_array_equal(laid[0], laid[1])
            np.testing.assert_array_equal(laid[0], laid[2])
            digest.update(laid[0].tobytes())
    finally:
        cv2.setNumThreads(before)
    assert cv2.ipp.useIPP() is IPP
    assert digest.hexdigest()[:16] == "a4dde977592fc8f4"


def test_an_image_too_narrow_is_refused():
    with pytest.raises(ZooError, match="an image of 1 x 1000 pixels has no width left at height 368"):
        fit(1, 1000, 368)
