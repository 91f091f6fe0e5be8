"""A picture and, pixel for pixel, the record of whose part was painted last.

Colours are painted with soft edges, records with hard ones.
Coordinates are x right, y down, pixel centres at whole numbers; an eighth of a pixel is the finest step.
"""

import functools
from typing import Callable, Sequence, Tuple

import cv2
import numpy as np

Colour = Tuple[int, int, int]  # BGR
Circle = Tuple[float, float, float]  # x, y, radius
PARTS = 32  # codes of parts per instance
_BITS = 3
_UNITS = 1 << _BITS
_UNIT = np.stack([np.cos(np.arange(20) * np.pi / 10), np.sin(np.arange(20) * np.pi / 10)], axis=1).astype(np.float32)
_TURN = np.concatenate([np.arange(11), np.arange(10, 21)])  # half around one end, half around the other
_GLOW = np.repeat(np.clip(1.0 - np.hypot(*np.mgrid[-1:1:48j, -1:1:48j]), 0, 1).astype(np.float32)[..., None], 3, axis=2)


@functools.lru_cache(maxsize=8192)
def tint(colour: Colour, factor: float) -> Colour:
    """Darken (factor < 1) or lighten towards white (factor > 1, 2 is white) a colour."""
    b, g, r = colour
    if factor <= 1:
        return int(b * factor), int(g * factor), int(r * factor)
    k = factor - 1
    return int(b + (255 - b) * k), int(g + (255 - g) * k), int(r + (255 - r) * k)


def circle_points(x: float, y: float, rx: float, ry: float) -> np.ndarray:
    """Return 20 points of an axis-parallel ellipse, shape (20, 2)."""
    return _UNIT * (rx, ry) + (x, y)


def hull(circles: Sequence[Circle]) -> np.ndarray:
    """Return the convex outline around circles (x, y, radius), shape (n, 2)."""
    c = np.array(circles, np.float32)
    return cv2.convexHull((c[:, None, :2] + _UNIT * c[:, None, 2:]).reshape(-1, 2))[:, 0]


def capsules(bones: np.ndarray, layers: np.ndarray) -> np.ndarray:
    """Return outlines of many two-circle capsules at once, each in several thicknesses.

    Args:
        bones: (n, 2, 3), the two circles x, y, radius of each.
        layers: (v, 4), each radius factor, radius added, shift in x, shift in y; the shifts in radii.

    Returns:
        (n, v, 22, 2) int32 in the canvas's fixed-point units.
    """
    a, b = bones[:, 0], bones[:, 1]
    first = np.round(np.arctan2(b[:, 1] - a[:, 1], b[:, 0] - a[:, 0]) * (10 / np.pi)).astype(int) + 15
    spoke = _UNIT[(first[:, None] + _TURN) % len(_UNIT)][:, None]
    ends = np.concatenate([np.repeat(b[:, None], 11, axis=1), np.repeat(a[:, None], 11, axis=1)], axis=1)[:, None]
    centre, radius = ends[..., :2], ends[..., 2:]
    grow = layers[None, :, None]
    return _fixed(centre + radius * grow[..., 2:] + spoke * (radius * grow[..., :1] + grow[..., 1:2]))


def shade(image: np.ndarray, x: float, y: float, rx: float, ry: float, strength: float) -> None:
    """Darken a soft elliptic spot of a picture, in place."""
    cx, cy, w, h = round(x), round(y), max(1, round(rx)), max(1, round(ry))
    x0, x1 = max(cx - w, 0), min(cx + w, image.shape[1])
    y0, y1 = max(cy - h, 0), min(cy + h, image.shape[0])
    if x1 <= x0 or y1 <= y0:
        return
    keep = cv2.resize(1 - np.float32(strength) * _GLOW, (2 * w, 2 * h))
    view = image[y0:y1, x0:x1]
    view[:] = cv2.multiply(view, keep[y0 - cy + h : y1 - cy + h, x0 - cx + w : x1 - cx + w], dtype=cv2.CV_8U)


class Canvas:
    """Paint on `image`; `ids` keeps ``instance * PARTS + part`` of the topmost paint, 0 for the background."""

    def __init__(self, background: np.ndarray) -> None:
        self.image = background.copy()
        self.ids = np.zeros(background.shape[:2], np.uint16)
        self.code = 0

    def pen(self, instance: int, part: int = 0) -> None:
        """What is painted from now on belongs to this instance and part; instance 0 leaves no record."""
        self.code = instance * PARTS + part

    def fill(self, points: np.ndarray, colour: Colour, convex: bool = False, record: bool = True) -> None:
        """Fill a polygon of (n, 2) points."""
        self._fill(_fixed(points), colour, cv2.fillConvexPoly if convex else _fill_poly, record)

    def fill_fixed(self, outline: np.ndarray, colour: Colour, record: bool = True) -> None:
        """Fill one outline made by `capsules`."""
        self._fill(outline, colour, cv2.fillConvexPoly, record)

    def _fill(self, fixed: np.ndarray, colour: Colour, paint: Callable[..., object], record: bool) -> None:
        paint(self.image, fixed, colour, cv2.LINE_AA, _BITS)
        if record and self.code:
            paint(self.ids, fixed, self.code, cv2.LINE_8, _BITS)

    def blob(self, circles: Sequence[Circle], colour: Colour, record: bool = True) -> None:
        """Fill the convex outline around circles (x, y, radius)."""
        if len(circles) == 1:
            x, y, r = circles[0]
            return self.ellipse(x, y, r, r, colour, record)
        return self.fill(hull(circles), colour, convex=True, record=record)

    def ellipse(self, x: float, y: float, rx: float, ry: float, colour: Colour, record: bool = True) -> None:
        """Fill an axis-parallel ellipse."""
        centre, axes = (int(x * _UNITS + 0.5), int(y * _UNITS + 0.5)), (int(rx * _UNITS), int(ry * _UNITS))
        cv2.ellipse(self.image, centre, axes, 0, 0, 360, colour, -1, cv2.LINE_AA, _BITS)
        if record and self.code:
            cv2.ellipse(self.ids, centre, axes, 0, 0, 360, self.code, -1, cv2.LINE_8, _BITS)

    def line(self, points: np.ndarray, colour: Colour, width: float, record: bool = False) -> None:
        """Draw an open line through (n, 2) points, `width` in pixels."""
        fixed = [_fixed(points)]
        thick = max(1, round(width))
        cv2.polylines(self.image, fixed, False, colour, thick, cv2.LINE_AA, _BITS)
        if record and self.code:
            cv2.polylines(self.ids, fixed, False, self.code, thick, cv2.LINE_8, _BITS)

    def window(self, points: np.ndarray) -> Tuple[np.ndarray, np.ndarray, Tuple[int, int]]:
        """Return the view around a convex polygon, its mask there, and the view's corner.

        The view and mask are empty where the polygon lies outside the picture.
        """
        x0, y0 = np.maximum(np.floor(points.min(axis=0)).astype(int), 0)
        x1, y1 = np.ceil(points.max(axis=0)).astype(int) + 1
        view = self.image[y0 : max(y1, y0), x0 : max(x1, x0)]
        mask = np.zeros(view.shape[:2], np.uint8)
        if view.size:
            cv2.fillConvexPoly(mask, _fixed(points - (x0, y0)), 255, cv2.LINE_8, _BITS)
        return view, mask, (int(x0), int(y0))

    def finish(self) -> Tuple[np.ndarray, np.ndarray]:
        """Return the picture (h, w, 3) uint8 BGR and the record (h, w) uint16."""
        return self.image, self.ids


def _fixed(points: np.ndarray) -> np.ndarray:
    # half a unit for rounding: quicker than np.round
    return (np.multiply(points, _UNITS) + 0.5).astype(np.int32)


def _fill_poly(image: np.ndarray, points: np.ndarray, colour: object, line: int, shift: int) -> None:
    cv2.fillPoly(image, [points], colour, line, shift)
