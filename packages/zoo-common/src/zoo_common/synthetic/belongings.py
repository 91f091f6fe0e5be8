"""Things people carry, play with or take along."""

from typing import Sequence, Tuple

import numpy as np

from zoo_common.synthetic.canvas import tint
from zoo_common.synthetic.pen import INK, Pen, Rng
from zoo_common.synthetic.wardrobe import CLOTH, pick


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
            p.stroke(
                [(0.03 * np.cos(t), 0.075 + 0.03 * np.sin(t)), (0.06 * np.cos(t), 0.075 + 0.06 * np.sin(t))], INK, 0.005
            )


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
        p.shape(
            turn([(x - 0.035, y + 0.02), (x + 0.035, y - 0.02), (x + 0.035, y + 0.02), (x - 0.035, y - 0.02)]), b, False
        )
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
        arc = [
            (x * np.cos(v), 0.36 + 0.21 * np.sin(v))
            for x, vs in ((x1, (0.3, 0.8, 1.3)), (x0, (1.3, 0.8, 0.3)))
            for v in vs
        ]
        p.shape(np.array(low + arc), b, False)
    p.disc(0, 0.59, 0.012, 0.02, INK, False)


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


def suitcase(p: Pen, rng: Rng) -> None:
    """A suitcase with stickers."""
    case = pick(rng, CLOTH)
    p.stroke([(-0.06, 0.3), (-0.06, 0.4), (0.06, 0.4), (0.06, 0.3)], (90, 85, 80), 0.018)
    p.box(-0.16, 0.02, 0.16, 0.34, case)
    for x in (-0.1, 0.1):
        p.box(x - 0.015, 0.02, x + 0.015, 0.34, tint(case, 0.75), False)
        p.disc(x, 0.015, 0.02, 0.02, INK, False)
    p.disc(rng.uniform(-0.05, 0.05), rng.uniform(0.1, 0.26), 0.035, 0.035, pick(rng, CLOTH), False)


def bottle(p: Pen, rng: Rng) -> None:
    """A bottle with a label."""
    glass = pick(rng, ("3f7d4f", "6b4a2c", "5aa0c8", "b8d4d8"))
    p.shape(
        [
            (-0.035, 0),
            (0.035, 0),
            (0.035, 0.12),
            (0.014, 0.16),
            (0.014, 0.2),
            (-0.014, 0.2),
            (-0.014, 0.16),
            (-0.035, 0.12),
        ],
        glass,
    )
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
