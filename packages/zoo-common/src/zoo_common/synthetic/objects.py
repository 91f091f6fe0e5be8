"""Everyday things, drawn in local lengths: x right, y up from the ground point, 1 is an adult's stature."""

from typing import Callable, Dict, NamedTuple, Sequence, Tuple

import numpy as np
from zoo_common.synthetic.canvas import Canvas, Colour, circle_points, hull, tint
from zoo_common.synthetic.wardrobe import CLOTH, colour, pick

Rng = np.random.Generator
WOOD = ("a9713f", "8a5a34", "c79a63", "6b4a35")
INK: Colour = (60, 50, 50)


class Pen:
    """Draw in local coordinates at a ground point, with a dark edge around every shape."""

    def __init__(self, canvas: Canvas, x: float, y: float, scale: float) -> None:
        self.canvas, self.x, self.y, self.scale = canvas, x, y, scale

    def map(self, points: "Sequence[Tuple[float, float]] | np.ndarray") -> np.ndarray:
        """Return picture coordinates of local points."""
        return np.asarray(points, np.float32) * (self.scale, -self.scale) + (self.x, self.y)

    def shape(self, points: "Sequence[Tuple[float, float]] | np.ndarray", fill: Colour, edge: bool = True) -> None:
        """Fill a polygon."""
        p = self.map(points)
        self.canvas.fill(p, fill)
        if edge:
            self.canvas.line(np.concatenate([p, p[:1]]), tint(fill, 0.55), max(0.5, 0.007 * self.scale), record=True)

    def box(self, x0: float, y0: float, x1: float, y1: float, fill: Colour, edge: bool = True) -> None:
        """Fill a rectangle."""
        self.shape([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], fill, edge)

    def disc(self, x: float, y: float, rx: float, ry: float, fill: Colour, edge: bool = True) -> None:
        """Fill an ellipse."""
        self.shape(circle_points(x, y, rx, ry), fill, edge)

    def blob(self, circles: Sequence[Tuple[float, float, float]], fill: Colour) -> None:
        """Fill the outline around circles."""
        self.shape(hull(circles), fill)

    def stroke(self, points: "Sequence[Tuple[float, float]] | np.ndarray", fill: Colour, width: float) -> None:
        """Draw a thick line."""
        self.canvas.line(self.map(points), fill, width * self.scale, record=True)


def ball(p: Pen, rng: Rng) -> None:
    """A football or a beach ball."""
    main, second = pick(rng, CLOTH), (245, 245, 245)
    p.disc(0, 0.075, 0.075, 0.075, second)
    if rng.random() < 0.5:
        a0 = rng.uniform(0, 1)
        for k in range(3):
            a = a0 + np.linspace(0, 0.9, 6) + k * 2 * np.pi / 3
            p.shape([(0, 0.075)] + [(0.072 * np.cos(t), 0.075 + 0.072 * np.sin(t)) for t in a], main, False)
    else:
        a = rng.uniform(0, 6) + np.arange(5) * 2 * np.pi / 5
        p.shape([(0.03 * np.cos(t), 0.075 + 0.03 * np.sin(t)) for t in a], INK, False)
        for t in a:
            p.disc(0.064 * np.cos(t), 0.075 + 0.064 * np.sin(t), 0.012, 0.012, INK, False)
            p.stroke([(0.03 * np.cos(t), 0.075 + 0.03 * np.sin(t)), (0.06 * np.cos(t), 0.075 + 0.06 * np.sin(t))], INK, 0.005)


def kite(p: Pen, rng: Rng) -> None:
    """A kite with a tail."""
    a, b = pick(rng, CLOTH[:10]), pick(rng, CLOTH[:10])
    lean = rng.uniform(-0.5, 0.5)
    c, s = np.cos(lean), np.sin(lean)

    def turn(points: Sequence[Tuple[float, float]]) -> np.ndarray:
        return np.array(points).dot([[c, s], [-s, c]])

    t = np.linspace(0, 1, 12)
    tail = np.stack([0.04 * np.sin(t * 9), -0.22 - 0.3 * t], axis=1)
    p.stroke(turn(tail.tolist()), (240, 240, 240), 0.01)
    for k in (3, 6, 9):
        x, y = tail[k]
        p.shape(turn([(x - 0.035, y + 0.02), (x + 0.035, y - 0.02), (x + 0.035, y + 0.02), (x - 0.035, y - 0.02)]), b, False)
    p.shape(turn([(0, 0.2), (0.15, 0.03), (0, -0.22), (-0.15, 0.03)]), a)
    p.shape(turn([(0, 0.2), (0.15, 0.03), (0, 0.03)]), b, False)
    p.shape(turn([(0, -0.22), (-0.15, 0.03), (0, 0.03)]), b, False)


def umbrella(p: Pen, rng: Rng) -> None:
    """An open umbrella; the origin is the hand."""
    a, b = pick(rng, CLOTH), pick(rng, CLOTH)
    p.stroke([(0, -0.08), (0, 0.5)], tint(INK, 1.2), 0.018)
    t = np.linspace(0, np.pi, 17)
    top = np.stack([0.33 * np.cos(t), 0.36 + 0.22 * np.sin(t)], axis=1)
    scallop = [(-0.33 + 0.66 * k / 24, 0.36 + 0.035 * abs(np.sin(np.pi * k / 6))) for k in range(25)]
    p.shape(np.concatenate([top, scallop]), a)
    for k in (0, 2):
        x0, x1 = -0.33 + 0.165 * k, -0.33 + 0.165 * (k + 1)
        low = [(x0 + (x1 - x0) * u, 0.365 + 0.035 * np.sin(np.pi * u)) for u in (0, 0.25, 0.5, 0.75, 1)]
        arc = [(x * np.cos(v), 0.36 + 0.21 * np.sin(v)) for x, vs in ((x1, (0.3, 0.8, 1.3)), (x0, (1.3, 0.8, 0.3))) for v in vs]
        p.shape(np.array(low + arc), b, False)
    p.disc(0, 0.59, 0.012, 0.02, INK, False)


def plant(p: Pen, rng: Rng) -> None:
    """A potted plant."""
    tall = rng.uniform(0.3, 0.55)
    pot = pick(rng, ("c8643c", "e8e2d6", "4a7fa5", "d9a441"))
    for k in range(9):
        a = np.radians(-70 + 140 * k / 8 + rng.uniform(-8, 8))
        end = np.array([np.sin(a) * tall * 0.6, 0.2 + np.cos(a) * tall])
        mid = np.array([end[0] * 0.45, 0.2 + (end[1] - 0.2) * 0.75])
        side = np.array([np.cos(a), -np.sin(a)]) * 0.05
        green = tint(pick(rng, ("4f8a3c", "6aa84f", "3b6e45")), rng.uniform(0.85, 1.15))
        p.shape(np.array([(0, 0.18), mid - side, end, mid + side]), green)
    p.shape([(-0.08, 0), (0.08, 0), (0.11, 0.2), (-0.11, 0.2)], pot)
    p.box(-0.125, 0.17, 0.125, 0.21, tint(pot, 0.9))


def chair(p: Pen, rng: Rng) -> None:
    """A wooden chair seen from the front; the seat is 0.27 high."""
    wood, seat = pick(rng, WOOD), pick(rng, CLOTH)
    for x in (-0.13, 0.13):
        p.box(x - 0.015, 0.06, x + 0.015, 0.62, tint(wood, 0.8))
    for y in (0.36, 0.45, 0.54):
        p.box(-0.13, y, 0.13, y + 0.05, wood)
    p.shape([(-0.15, 0.23), (0.15, 0.23), (0.13, 0.3), (-0.13, 0.3)], seat)
    p.box(-0.15, 0.2, 0.15, 0.235, tint(wood, 0.9))
    for x in (-0.135, 0.135):
        p.box(x - 0.015, 0, x + 0.015, 0.2, wood)


def bench(p: Pen, rng: Rng) -> None:
    """A park bench; the seat is 0.26 high."""
    wood = pick(rng, WOOD)
    for x in (-0.42, 0.42):
        p.box(x - 0.02, 0, x + 0.02, 0.5, (70, 65, 60))
    for y in (0.34, 0.42):
        p.box(-0.5, y, 0.5, y + 0.06, wood)
    p.shape([(-0.52, 0.21), (0.52, 0.21), (0.5, 0.28), (-0.5, 0.28)], tint(wood, 1.1))
    p.box(-0.52, 0.19, 0.52, 0.215, tint(wood, 0.8))


def bottle(p: Pen, rng: Rng) -> None:
    """A bottle with a label."""
    glass = pick(rng, ("3f7d4f", "6b4a2c", "5aa0c8", "b8d4d8"))
    p.shape([(-0.035, 0), (0.035, 0), (0.035, 0.12), (0.014, 0.16), (0.014, 0.2), (-0.014, 0.2), (-0.014, 0.16), (-0.035, 0.12)], glass)
    p.box(-0.034, 0.04, 0.034, 0.09, pick(rng, CLOTH[10:]), False)
    p.box(-0.016, 0.19, 0.016, 0.21, pick(rng, CLOTH[:5]), False)
    p.box(-0.026, 0.095, -0.018, 0.12, tint(glass, 1.5), False)


def cup(p: Pen, rng: Rng) -> None:
    """A mug with a handle and some steam."""
    mug = pick(rng, CLOTH)
    t = np.linspace(-np.pi / 2, np.pi / 2, 9)
    p.stroke(np.stack([0.04 + 0.025 * np.cos(t), 0.045 + 0.025 * np.sin(t)], axis=1), tint(mug, 0.8), 0.013)
    p.shape([(-0.036, 0), (0.036, 0), (0.042, 0.085), (-0.042, 0.085)], mug)
    p.disc(0, 0.085, 0.042, 0.01, tint(mug, 0.6), False)


def table(p: Pen, rng: Rng) -> None:
    """A table; its top is 0.42 high."""
    wood = pick(rng, WOOD)
    for x in (-0.36, 0.36):
        p.box(x - 0.025, 0, x + 0.025, 0.4, tint(wood, 0.8))
    p.shape([(-0.46, 0.37), (0.46, 0.37), (0.42, 0.45), (-0.42, 0.45)], tint(wood, 1.1))
    p.box(-0.46, 0.34, 0.46, 0.375, wood)


def traffic_light(p: Pen, rng: Rng) -> None:
    """A traffic light on its pole."""
    p.box(-0.02, 0, 0.02, 1.3, (85, 85, 80))
    p.box(-0.1, 1.12, 0.1, 1.62, (50, 55, 50))
    on = rng.integers(3)
    for k, lamp in enumerate(("e8352e", "f5b92e", "45b555")):
        p.disc(0, 1.53 - 0.16 * k, 0.06, 0.06, tint(colour(lamp), 1.1 if k == on else 0.35), False)


def stop_sign(p: Pen, rng: Rng) -> None:
    """A stop sign on its pole."""
    p.box(-0.018, 0, 0.018, 1.15, (130, 130, 125))
    a = np.arange(8) * np.pi / 4 + np.pi / 8
    p.shape(np.stack([0.2 * np.cos(a), 1.25 + 0.2 * np.sin(a)], axis=1), (245, 245, 245))
    p.shape(np.stack([0.178 * np.cos(a), 1.25 + 0.178 * np.sin(a)], axis=1), colour("cf2b2b"), False)
    letters = (
        [(0.03, 0.05), (-0.02, 0.05), (-0.03, 0.02), (0.03, -0.02), (0.02, -0.05), (-0.03, -0.05)],
        [(-0.035, 0.05), (0.035, 0.05), (0, 0.05), (0, -0.055)],
        [(-0.025, 0.05), (0.025, 0.05), (0.03, -0.05), (-0.03, -0.05), (-0.025, 0.05)],
        [(-0.025, -0.055), (-0.025, 0.05), (0.025, 0.05), (0.025, 0.0), (-0.025, 0.0)],
    )
    for k, letter in enumerate(letters):
        p.stroke([(x - 0.117 + 0.078 * k, y + 1.25) for x, y in letter], (250, 250, 250), 0.014)


def clock(p: Pen, rng: Rng) -> None:
    """A wall clock."""
    p.disc(0, 0, 0.13, 0.13, pick(rng, CLOTH[:9]))
    p.disc(0, 0, 0.108, 0.108, (240, 248, 250), False)
    for k in range(12):
        a = k * np.pi / 6
        p.disc(0.09 * np.sin(a), 0.09 * np.cos(a), 0.008, 0.008, INK, False)
    hour = rng.uniform(0, 12)
    for length, a in ((0.05, hour * np.pi / 6), (0.08, hour * 2 * np.pi)):
        p.stroke([(0, 0), (length * np.sin(a), length * np.cos(a))], INK, 0.013)


def book(p: Pen, rng: Rng) -> None:
    """An open book, its cover towards the viewer; the origin is its middle."""
    cover = pick(rng, CLOTH[:10])
    p.shape([(-0.11, -0.06), (0, -0.075), (0, 0.07), (-0.11, 0.085)], cover)
    p.shape([(0.11, -0.06), (0, -0.075), (0, 0.07), (0.11, 0.085)], tint(cover, 0.85))
    p.stroke([(-0.105, 0.09), (0, 0.076), (0.105, 0.09)], (240, 245, 248), 0.012)
    p.box(-0.08, 0.015, -0.03, 0.03, tint(cover, 1.5), False)


def teddy(p: Pen, rng: Rng) -> None:
    """A teddy bear, sitting."""
    fur = pick(rng, ("b07a45", "8a5a34", "d9b98a"))
    for side in (-1, 1):
        p.disc(side * 0.06, 0.285, 0.028, 0.028, fur)
        p.blob([(side * 0.07, 0.14, 0.028), (side * 0.12, 0.1, 0.025)], fur)
    p.disc(0, 0.1, 0.085, 0.1, fur)
    p.disc(0, 0.09, 0.05, 0.06, tint(fur, 1.35), False)
    for side in (-1, 1):
        p.disc(side * 0.085, 0.03, 0.04, 0.035, tint(fur, 1.1))
    p.disc(0, 0.235, 0.075, 0.068, fur)
    p.disc(0, 0.215, 0.034, 0.028, tint(fur, 1.4), False)
    for side in (-1, 1):
        p.disc(side * 0.03, 0.25, 0.009, 0.011, INK, False)
    p.disc(0, 0.225, 0.011, 0.009, INK, False)


def dog(p: Pen, rng: Rng) -> None:
    """A dog in profile, facing either way, wagging."""
    fur = pick(rng, ("c98f4e", "f0e6d8", "5a4636", "8d8d92", "e3b778"))
    k = 1 if rng.random() < 0.5 else -1
    p.stroke([(-0.2 * k, 0.27), (-0.27 * k, 0.33), (-0.28 * k, 0.4)], tint(fur, 0.9), 0.03)
    for x, shade in ((-0.13, 0.75), (0.12, 0.75), (-0.17, 1), (0.16, 1)):
        p.blob([(x * k, 0.18, 0.03), (x * k, 0.02, 0.022)], tint(fur, shade))
    p.blob([(-0.14 * k, 0.24, 0.075), (0.13 * k, 0.26, 0.08)], fur)
    p.blob([(0.2 * k, 0.39, 0.075), (0.29 * k, 0.365, 0.04)], fur)
    p.disc(0.325 * k, 0.38, 0.018, 0.016, INK, False)
    p.disc(0.225 * k, 0.41, 0.012, 0.014, INK, False)
    p.blob([(0.16 * k, 0.43, 0.025), (0.13 * k, 0.36, 0.028)], tint(fur, 0.65))
    p.stroke([(0.13 * k, 0.31), (0.21 * k, 0.305)], pick(rng, CLOTH[:8]), 0.025)


def suitcase(p: Pen, rng: Rng) -> None:
    """A suitcase with stickers."""
    case = pick(rng, CLOTH)
    p.stroke([(-0.06, 0.3), (-0.06, 0.4), (0.06, 0.4), (0.06, 0.3)], (90, 85, 80), 0.018)
    p.box(-0.16, 0.02, 0.16, 0.34, case)
    for x in (-0.1, 0.1):
        p.box(x - 0.015, 0.02, x + 0.015, 0.34, tint(case, 0.75), False)
        p.disc(x, 0.015, 0.02, 0.02, INK, False)
    p.disc(rng.uniform(-0.05, 0.05), rng.uniform(0.1, 0.26), 0.035, 0.035, pick(rng, CLOTH), False)


class Thing(NamedTuple):
    """How to draw a category, and where it belongs."""

    category: int  # COCO id
    draw: Callable[[Pen, Rng], None]
    place: str  # ground, sky, wall, hand, table
    half_width: float


THINGS: Dict[str, Thing] = {
    "traffic light": Thing(10, traffic_light, "street", 0.1),
    "stop sign": Thing(13, stop_sign, "street", 0.2),
    "bench": Thing(15, bench, "outdoor", 0.52),
    "dog": Thing(18, dog, "ground", 0.33),
    "umbrella": Thing(28, umbrella, "hand", 0.33),
    "suitcase": Thing(33, suitcase, "street", 0.16),
    "sports ball": Thing(37, ball, "ground", 0.075),
    "kite": Thing(38, kite, "sky", 0.15),
    "bottle": Thing(44, bottle, "table", 0.035),
    "cup": Thing(47, cup, "table", 0.065),
    "chair": Thing(62, chair, "seat", 0.15),
    "potted plant": Thing(64, plant, "ground", 0.3),
    "dining table": Thing(67, table, "indoor", 0.46),
    "book": Thing(84, book, "hand", 0.11),
    "clock": Thing(85, clock, "wall", 0.13),
    "teddy bear": Thing(88, teddy, "ground", 0.13),
}
