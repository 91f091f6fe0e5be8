"""A picture and, pixel for pixel, the record of whose part was painted last.

Everything is drawn at `SCALE` times the final size and reduced by averaging, which gives soft edges.
Coordinates are those of the final picture: x right, y down, pixel centres at whole numbers.
"""

from typing import Iterable, Sequence, Tuple

import cv2
import numpy as np

Colour = Tuple[int, int, int]  # BGR
SCALE = 2
PARTS = 32  # codes of parts per instance
_BITS = 3
_UNIT = np.stack([np.cos(np.arange(20) * np.pi / 10), np.sin(np.arange(20) * np.pi / 10)], axis=1).astype(np.float32)
_GLOW = np.clip(1.0 - np.hypot(*np.mgrid[-1:1:48j, -1:1:48j]), 0, 1).astype(np.float32)


def tint(colour: Colour, factor: float) -> Colour:
    """Darken (factor < 1) or lighten towards white (factor > 1, 2 is white) a colour."""
    if factor <= 1:
        return tuple(int(c * factor) for c in colour)  # type: ignore[return-value]
    return tuple(int(c + (255 - c) * (factor - 1)) for c in colour)  # type: ignore[return-value]


def circle_points(x: float, y: float, rx: float, ry: float) -> np.ndarray:
    """Return 20 points of an axis-parallel ellipse, shape (20, 2)."""
    return _UNIT * np.array([rx, ry], np.float32) + np.array([x, y], np.float32)


def hull(circles: Iterable[Tuple[float, float, float]]) -> np.ndarray:
    """Return the convex outline around circles (x, y, radius), shape (n, 2)."""
    c = np.asarray(list(circles), np.float32)
    points = (c[:, None, :2] + _UNIT[None] * c[:, None, 2:]).reshape(-1, 2)
    return cv2.convexHull(points)[:, 0]


class Canvas:
    """Paint on `image`; `ids` keeps ``instance * PARTS + part`` of the topmost paint, 0 for the background."""

    def __init__(self, background: np.ndarray) -> None:
        height, width = background.shape[:2]
        self.size = (width, height)
        self.image = cv2.resize(background, (width * SCALE, height * SCALE), interpolation=cv2.INTER_LINEAR)
        self.ids = np.zeros(self.image.shape[:2], np.uint16)
        self.code = 0

    def pen(self, instance: int, part: int = 0) -> None:
        """What is painted from now on belongs to this instance and part; instance 0 leaves no record."""
        self.code = instance * PARTS + part

    def fill(self, points: np.ndarray, colour: Colour, convex: bool = False, record: bool = True) -> None:
        """Fill a polygon of (n, 2) points."""
        fixed = _fixed(points)
        paint = cv2.fillConvexPoly if convex else _fill_poly
        paint(self.image, fixed, colour, cv2.LINE_AA, _BITS)
        if record and self.code:
            paint(self.ids, fixed, self.code, cv2.LINE_8, _BITS)

    def blob(self, circles: Sequence[Tuple[float, float, float]], colour: Colour, record: bool = True) -> None:
        """Fill the convex outline around circles (x, y, radius)."""
        self.fill(hull(circles), colour, convex=True, record=record)

    def ellipse(self, x: float, y: float, rx: float, ry: float, colour: Colour, record: bool = True) -> None:
        """Fill an axis-parallel ellipse."""
        self.fill(circle_points(x, y, rx, ry), colour, convex=True, record=record)

    def line(self, points: np.ndarray, colour: Colour, width: float, record: bool = False) -> None:
        """Draw an open line through (n, 2) points, `width` in pixels of the final picture."""
        fixed = [_fixed(points)]
        thick = max(1, round(width * SCALE))
        cv2.polylines(self.image, fixed, False, colour, thick, cv2.LINE_AA, _BITS)
        if record and self.code:
            cv2.polylines(self.ids, fixed, False, self.code, thick, cv2.LINE_8, _BITS)

    def window(self, points: np.ndarray) -> Tuple[np.ndarray, np.ndarray, Tuple[int, int]]:
        """Return the view around a convex polygon, its mask there, and the view's corner (all enlarged).

        The view and mask are empty where the polygon lies outside the picture.
        """
        big = points * SCALE + 0.5
        x0, y0 = np.maximum(np.floor(big.min(axis=0)).astype(int), 0)
        x1, y1 = np.ceil(big.max(axis=0)).astype(int) + 1
        view = self.image[y0 : max(y1, y0), x0 : max(x1, x0)]
        mask = np.zeros(view.shape[:2], np.uint8)
        if view.size:
            cv2.fillConvexPoly(mask, np.round((big - (x0, y0)) * 8).astype(np.int32), 255, cv2.LINE_8, _BITS)
        return view, mask, (int(x0), int(y0))

    def glow(self, x: float, y: float, rx: float, ry: float, colour: Colour, strength: float) -> None:
        """Blend a soft elliptic spot of colour into the picture; it leaves no record."""
        cx, cy, w, h = round(x * SCALE), round(y * SCALE), round(rx * SCALE), round(ry * SCALE)
        x0, x1 = max(cx - w, 0), min(cx + w, self.image.shape[1])
        y0, y1 = max(cy - h, 0), min(cy + h, self.image.shape[0])
        if x1 <= x0 or y1 <= y0 or w * h > self.image.size:
            return
        alpha = cv2.resize(_GLOW, (2 * w, 2 * h))[y0 - cy + h : y1 - cy + h, x0 - cx + w : x1 - cx + w, None] * strength
        view = self.image[y0:y1, x0:x1]
        view[:] = (view + (np.array(colour, np.float32) - view) * np.minimum(alpha, 1)).astype(np.uint8)

    def finish(self) -> Tuple[np.ndarray, np.ndarray]:
        """Return the picture (h, w, 3) uint8 BGR and the record (h, w) uint16, both at final size."""
        return cv2.resize(self.image, self.size, interpolation=cv2.INTER_AREA), self.ids[::SCALE, ::SCALE].copy()


def _fixed(points: np.ndarray) -> np.ndarray:
    return np.round((np.asarray(points, np.float32) * SCALE + 0.5) * (1 << _BITS)).astype(np.int32)


def _fill_poly(image: np.ndarray, points: np.ndarray, colour: object, line: int, shift: int) -> None:
    cv2.fillPoly(image, [points], colour, line, shift)
