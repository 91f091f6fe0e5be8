"""A head that turns: hair, ears and a smile, painted on an ellipsoid seen from any side."""

import math
from typing import List, Tuple

import numpy as np

from zoo_common.synthetic.canvas import Canvas, circle_points, tint
from zoo_common.synthetic.skeleton import FACE, HEAD_RADIUS, Body, on_head
from zoo_common.synthetic.wardrobe import Look

# hairline elevation in degrees at the forehead, over the ears and at the nape
HAIRLINE = {"none": (75, 75, 75), "short": (38, 8, -42), "curls": (34, 4, -50)}
LONG_HAIRLINE = (36, -4, -60)
_RIM = np.stack([np.cos(np.arange(28) * np.pi / 14), np.sin(np.arange(28) * np.pi / 14)], axis=1)
_COLUMNS = np.cos(np.linspace(np.pi, 0, 21))
_SIDEWAYS = np.degrees(np.arcsin(_COLUMNS))
_TURNS = np.array([0.0, 48.0, 72.0, 100.0, 135.0, 180.0])
_HEIGHT = np.sqrt(np.maximum(1 - _COLUMNS**2, 0))
_SMILE = np.linspace(-26, 26, 9), -27 - 13 * (1 - np.linspace(-1, 1, 9) ** 2)
_TEETH = np.linspace(24, -24, 7), np.full(7, -28.0)
_SHINE = np.linspace(-40, 40, 7), 58 - np.linspace(-2, 2, 7) ** 2


class HeadPainter:
    """Paint one head; the caller sets the pen."""

    def __init__(self, canvas: Canvas, body: Body, look: Look) -> None:
        self.canvas, self.body, self.look = canvas, body, look
        self.rx, self.ry = (r * body.size * look.head_scale for r in HEAD_RADIUS)
        self.cx, self.cy = float(body.head[0]), float(body.head[1])
        self.cos, self.sin = math.cos(body.roll), math.sin(body.roll)
        self.axes = np.array([[self.cos * self.rx, self.sin * self.rx], [self.sin * self.ry, -self.cos * self.ry]])
        self.fine = self.rx > 6  # small heads go without brows, cheeks and curls of light

    def at(self, azimuth: "np.ndarray | float", elevation: "np.ndarray | float", grow: float = 1.0) -> np.ndarray:
        """Return (n, 3): picture x, y and depth -1..1 of points given by degrees on the head."""
        points = on_head(self.body.turn, np.asarray(azimuth, float), np.asarray(elevation, float)) * grow
        return np.concatenate([self._place(points), points[..., 2:]], axis=-1)

    def one(self, azimuth: float, elevation: float, grow: float = 1.0) -> Tuple[float, float, float]:
        """As `at`, for a single point."""
        az, el = math.radians(azimuth) + self.body.turn, math.radians(elevation)
        flat = math.cos(el) * grow
        x, y = math.sin(az) * flat * self.rx, -math.sin(el) * grow * self.ry
        return self.cx + self.cos * x - self.sin * y, self.cy + self.sin * x + self.cos * y, math.cos(az) * flat

    def _place(self, points: np.ndarray) -> np.ndarray:
        return points[..., :2].dot(self.axes) + (self.cx, self.cy)

    def spot(self, azimuth: float, elevation: float, size: float, colour: tuple, squash: float = 1.0) -> None:
        """Paint a round spot lying on the head, foreshortened towards its edge; nothing on the far side."""
        x, y, depth = self.one(azimuth, elevation)
        if depth > 0.08:
            r = size * self.rx
            self.canvas.ellipse(x, y, r * min(1.0, 0.35 + depth), r * squash, colour)

    def behind(self) -> None:
        """Paint the hair that falls behind the neck when the face is towards the viewer."""
        if np.cos(self.body.turn) > -0.2:
            self._mane()

    def front(self) -> None:
        """Paint the head itself and, when it is seen from behind, the hair over the neck."""
        look, canvas = self.look, self.canvas
        skin, dark = look.skin, tint(look.skin, 0.72)
        far_ears = [e for e, d in zip(FACE[3:], self.body.face_depth[3:]) if d <= 0.3]
        near_ears = [e for e, d in zip(FACE[3:], self.body.face_depth[3:]) if d > 0.3]
        for ear in far_ears:
            self._ear(ear, dark)
        outline = self._disc(1.05)
        canvas.fill(outline, dark, convex=True)
        canvas.fill(self._disc(0.99), skin, convex=True)
        if not self.fine:
            return self._rest(near_ears, dark)
        glow = self.one(-math.degrees(self.body.turn) - 30, 25, 0.5)
        canvas.fill(circle_points(glow[0], glow[1], self.rx * 0.5, self.ry * 0.5), tint(skin, 1.12), convex=True)
        return self._rest(near_ears, dark)

    def _rest(self, near_ears: List[Tuple[int, int]], dark: tuple) -> None:
        self._face()
        self._hair()
        for ear in near_ears:
            self._ear(ear, dark)
        if np.cos(self.body.turn) <= -0.2:
            self._mane()
        if self.look.hat is not None:
            self._hat()

    def _disc(self, grow: float) -> np.ndarray:
        return self._place(_RIM * grow)

    def _ear(self, ear: tuple, dark: tuple) -> None:
        x, y, depth = self.one(ear[0], ear[1])
        if depth < -0.55:
            return
        r = self.rx * 0.24
        self.canvas.ellipse(x, y, r * 1.1, r * 1.5, dark)
        self.canvas.ellipse(x, y, r * 0.85, r * 1.25, self.look.skin)
        if depth > 0.3:
            self.canvas.ellipse(x, y, r * 0.4, r * 0.7, dark)

    def _face(self) -> None:
        look, canvas = self.look, self.canvas
        dark = tint(look.skin, 0.62)
        if look.beard:
            self._cap(-22.0, tint(look.hair, 0.9), lower=True)
        cheek = tuple(int(0.72 * s + 0.28 * c) for s, c in zip(look.skin, (110, 110, 240)))
        for side in (1, -1):
            self.spot(side * 25, 9, 0.17, (250, 250, 250), 1.25)
            self.spot(side * 24, 8, 0.115, (45, 35, 35), 1.3)
            if not self.fine:
                continue
            self.spot(side * 38, -14, 0.2, cheek)
            self.spot(side * 22, 12, 0.04, (255, 255, 255))
            brow = self.at(side * np.array([13, 25, 36]), np.array([26, 30, 25]))
            if brow[:, 2].min() > 0.05:
                canvas.line(brow[:, :2], tint(look.hair, 0.85), self.rx * 0.09)
        smile = self.at(*_SMILE)
        smile = smile[smile[:, 2] > 0.05]
        if len(smile) > 3:
            teeth = self.at(*_TEETH)
            canvas.fill(np.concatenate([smile, teeth[teeth[:, 2] > 0.05]])[:, :2], (245, 245, 250))
            canvas.line(smile[:, :2], (50, 40, 120), self.rx * 0.09)
        nose = self.one(0, -9, 1.06)
        if nose[2] > -0.25:
            canvas.ellipse(nose[0], nose[1], self.rx * 0.17, self.rx * 0.16, dark)
            canvas.ellipse(nose[0], nose[1] - self.rx * 0.03, self.rx * 0.13, self.rx * 0.12, tint(look.skin, 1.05))
        if look.glasses:
            for side in (1, -1):
                x, y, depth = self.one(side * 25, 9, 1.04)
                if depth > 0.15:
                    ring = circle_points(x, y, self.rx * 0.27 * min(1, 0.3 + depth), self.rx * 0.27)
                    canvas.line(np.concatenate([ring, ring[:1]]), (70, 60, 55), self.rx * 0.045)

    def _cap(self, elevation: "np.ndarray | float", colour: tuple, grow: float = 1.0, lower: bool = False) -> None:
        """Fill the part of the head's disc above (or below) a line of elevations, one for each of `_COLUMNS`."""
        u, rim = _COLUMNS, _HEIGHT
        line = np.maximum(np.minimum(np.sin(np.radians(elevation)), rim), -rim)
        edge = -rim if lower else rim
        unit = np.empty((2 * len(u), 2))
        unit[: len(u), 0], unit[len(u) :, 0] = u * grow, u[::-1] * grow
        unit[: len(u), 1], unit[len(u) :, 1] = line, edge[::-1] * grow
        self.canvas.fill(self._place(unit), colour)

    def _hairline(self) -> np.ndarray:
        azimuth = (_SIDEWAYS - math.degrees(self.body.turn) + 180) % 360 - 180
        front, side, nape = HAIRLINE.get(self.look.style, LONG_HAIRLINE)
        away = np.abs(azimuth)
        part = 6.0 * np.sin(np.radians(azimuth * 2 + 40)) * (away < 60)
        return np.interp(away, _TURNS, [front, front - 4, side, side - 12, nape, nape]) + part

    def _hair(self) -> None:
        look, canvas = self.look, self.canvas
        if look.style == "none":
            return
        dark = tint(look.hair, 0.8)
        line = self._hairline()
        self._cap(line, dark, 1.12)
        self._cap(line + 3, look.hair, 1.06)
        if self.fine:
            shine = self.at(_SHINE[0] - math.degrees(self.body.turn), _SHINE[1], 0.98)
            canvas.line(shine[:, :2], tint(look.hair, 1.22), self.rx * 0.1)
        if look.style == "bun":
            self._tuft(180, 62, 1.18, 0.42)
        elif look.style == "curls":
            for az in range(0, 360, 36):
                self._tuft(az, 42, 1.02, 0.34)
            self._tuft(0, 85, 1.0, 0.4)

    def _tuft(self, azimuth: float, elevation: float, grow: float, size: float) -> None:
        x, y, _ = self.one(azimuth, elevation, grow)
        self.canvas.ellipse(x, y, self.rx * size * 1.08, self.rx * size * 1.08, tint(self.look.hair, 0.8))
        self.canvas.ellipse(x, y - self.rx * 0.03, self.rx * size * 0.9, self.rx * size * 0.9, self.look.hair)

    def _mane(self) -> None:
        if self.look.style not in ("long", "bob", "tail"):
            return
        length = {"long": 1.75, "bob": 0.95, "tail": 1.8}[self.look.style]
        x, y, _ = self.one(180, -10, 0.75)
        if self.look.style == "tail":
            knot = self.one(180, 30, 1.1)
            circles = [
                (knot[0], knot[1], self.rx * 0.3),
                (x * 2 - self.body.head[0], y + self.ry * 1.2, self.rx * 0.16),
            ]
        else:
            bottom = y + self.ry * length
            wide = self.rx * (0.92 if self.look.style == "bob" else 0.8)
            side = 0.35 * self.rx * abs(np.cos(self.body.turn))
            circles = [
                (x, y - self.ry * 0.2, wide),
                (x - side, bottom - wide * 0.5, wide * 0.6),
                (x + side, bottom - wide * 0.5, wide * 0.6),
            ]
        self.canvas.blob(circles, tint(self.look.hair, 0.72))
        self.canvas.blob([(cx, cy - r * 0.06, r * 0.9) for cx, cy, r in circles], tint(self.look.hair, 0.92))

    def _hat(self) -> None:
        hat = self.look.hat
        assert hat is not None
        if self.look.beanie:
            self._cap(30.0, tint(hat, 0.8), 1.2)
            self._cap(46.0, hat, 1.16)
            x, y, _ = self.one(0, 90, 1.25)
            self.canvas.ellipse(x, y, self.rx * 0.22, self.rx * 0.22, tint(hat, 1.45))
            return
        self._cap(28.0, tint(hat, 0.85), 1.16)
        self._cap(33.0, hat, 1.1)
        brim = self.at(np.array([-55, -25, 0, 25, 55]), 30, 1.55)
        root = self.at(np.array([60, 0, -60]), 30, 1.08)
        if np.cos(self.body.turn) > -0.5:
            self.canvas.fill(np.concatenate([brim, root])[:, :2], tint(hat, 0.7))
