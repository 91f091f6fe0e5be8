"""The part of a photograph behind a gallery card, as a data address small enough for a page."""

import base64
from typing import NamedTuple, Optional, Sequence, Tuple

import cv2
import numpy as np

from zoo_common.report.drawing import Shape

ASPECT = 0.8
"""Width by height of a card."""
MARGIN = 0.18
LEAST = 48.0
"""Image pixels that a card's height shows at least: a tiny person is not blown up to a blur."""
LONGEST = 440
"""Pixels of a crop's longer side."""
MOST_BYTES = 48_000
QUALITIES = (82, 70, 55, 40)


class Region(NamedTuple):
    """A rectangle in image pixels."""

    x: float
    y: float
    width: float
    height: float


class Photograph(NamedTuple):
    """A JPEG as ``data:`` address, and where it lies in the region."""

    address: str
    place: Region


def region_of(shapes: Sequence[Shape], image_size: Optional[Tuple[int, int]] = None) -> Region:
    """Return a rectangle of the card's aspect around all shapes, moved into the image as far as all stay visible.

    Args:
        shapes: at least one with points.
        image_size: width and height of the image, where known.
    """
    points = np.concatenate([shape.points for shape in shapes])
    low, high = points.min(axis=0), points.max(axis=0)
    centre, size = (low + high) / 2, (high - low) * (1 + 2 * MARGIN)
    height = max(size[1], size[0] / ASPECT, LEAST)
    width = height * ASPECT
    corner = centre - np.array([width, height]) / 2
    if image_size is not None:
        room = np.array(image_size, np.float64) - [width, height]
        corner = np.where(room > 0, np.clip(corner, 0, np.maximum(room, 0)), room / 2)
        rim = 0.04 * height
        corner = np.clip(corner, high + rim - [width, height], low - rim)
    return Region(float(corner[0]), float(corner[1]), float(width), float(height))


def photograph_of(image: np.ndarray, region: Region) -> Optional[Photograph]:
    """Return the part of an image within a region; None where they do not meet.

    Args:
        image: uint8 BGR [H, W, 3].
        region: in its pixels; may reach beyond it.
    """
    left, top, right, bottom = _inside(image, region)
    if right <= left or bottom <= top:
        return None
    part = image[top:bottom, left:right]
    scale = min(1.0, LONGEST / max(part.shape[:2]))
    if scale < 1:
        size = (max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale)))
        part = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    data = b""
    for quality in QUALITIES:
        data = cv2.imencode(".jpg", part, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
        if len(data) <= MOST_BYTES:
            break
    address = "data:image/jpeg;base64," + base64.b64encode(data).decode("ascii")
    return Photograph(address, Region(left - region.x, top - region.y, right - left, bottom - top))


def _inside(image: np.ndarray, region: Region) -> Tuple[int, int, int, int]:
    height, width = image.shape[:2]
    return (
        max(0, int(np.floor(region.x))),
        max(0, int(np.floor(region.y))),
        min(width, int(np.ceil(region.x + region.width))),
        min(height, int(np.ceil(region.y + region.height))),
    )
