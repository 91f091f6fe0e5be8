"""Things that stand in rooms and streets."""

import numpy as np

from zoo_common.synthetic.canvas import tint
from zoo_common.synthetic.pen import INK, WOOD, Pen, Rng
from zoo_common.synthetic.wardrobe import CLOTH, colour, pick


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
