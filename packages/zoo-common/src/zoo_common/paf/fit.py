"""How an image of any size becomes a network input: scaled to a height, padded at the right and the bottom."""

import contextlib
from typing import Iterator, NamedTuple, Tuple

import cv2
import numpy as np

from zoo_common.errors import ZooError

STRIDE = 8
"""Input pixels a cell of the maps, and what both sides of the input are padded to a multiple of."""


class Fit(NamedTuple):
    """Sizes as (height, width): of the image, of the scaled image, and of the padded input; pixels."""

    scale: float
    image: Tuple[int, int]
    scaled: Tuple[int, int]
    padded: Tuple[int, int]

    @property
    def cells(self) -> Tuple[int, int]:
        """Rows and columns of the network's maps."""
        return self.padded[0] // STRIDE, self.padded[1] // STRIDE


def fit(width: int, height: int, input_height: int) -> Fit:
    """Return how an image of ``width`` x ``height`` pixels is laid into the input.

    Sides are rounded half to even, as OpenCV does with a scale factor.

    Raises:
        ZooError: the scaled image would have no width.
    """
    scale = input_height / height
    scaled = (round(height * scale), round(width * scale))
    if scaled[1] < 1:
        raise ZooError("an image of {} x {} pixels has no width left at height {}".format(width, height, input_height))
    return Fit(scale, (height, width), scaled, (_up(scaled[0]), _up(scaled[1])))


def _up(side: int) -> int:
    return -(-side // STRIDE) * STRIDE


@contextlib.contextmanager
def opencvs_own_arithmetic() -> Iterator[None]:
    """Keep OpenCV from handing this thread's calls to IPP.

    IPP's bicubic resize rounds a few pixels differently at the borders of the stripes that threads share; and how many
    stripes there are depends on which threads happen to be idle.
    """
    before = cv2.ipp.useIPP()
    cv2.ipp.setUseIPP(False)
    try:
        yield
    finally:
        cv2.ipp.setUseIPP(before)


def lay(image: np.ndarray, place: Fit, pad_value: int = 128) -> np.ndarray:
    """Scale (bicubic, on 8-bit values, sampling at exactly 1 / scale) and pad.

    Args:
        image: uint8 [H, W, 3].
        place: from `fit` with the image's size.
        pad_value: of the padding, in all channels.

    Returns:
        uint8 [padded height, padded width, 3].
    """
    with opencvs_own_arithmetic():
        small = cv2.resize(image, None, fx=place.scale, fy=place.scale, interpolation=cv2.INTER_CUBIC)
    down, right = place.padded[0] - small.shape[0], place.padded[1] - small.shape[1]
    return cv2.copyMakeBorder(small, 0, down, 0, right, cv2.BORDER_CONSTANT, value=(pad_value,) * 3)
