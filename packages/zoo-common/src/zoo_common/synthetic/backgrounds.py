"""Procedural places: park, beach, city, street with a brick wall, room, and plain blur like a photograph's."""

from typing import Callable, Dict, NamedTuple, Tuple

import cv2
import numpy as np

from zoo_common.synthetic.canvas import tint
from zoo_common.synthetic.wardrobe import colour, pick

Rng = np.random.Generator
_SKIES = (
    ("7fb6e6", "dcecf5"), ("5f9bd6", "cfe4f2"), ("f0a97a", "fae0b8"), ("9fb4c8", "e3e6e4"), ("8fc7d9", "f7ecd0"),
)  # fmt: skip


class Place(NamedTuple):
    """A background and what belongs there."""

    image: np.ndarray  # (h, w, 3) uint8 BGR
    horizon: float  # picture row of the viewer's eye level
    kind: str  # park, beach, city, wall, room, blur


def clouds(rng: Rng, height: int, width: int, cells: int, octaves: int = 3) -> np.ndarray:
    """Return smooth noise, (h, w) float32 around 0 within about ±1."""
    total = np.zeros((2, 2), np.float32)
    for k in range(octaves):  # each octave refines the sum of the coarser ones
        n = cells << k
        shape = max(2, n * height // width + 1), n + 1
        total = cv2.resize(total, shape[::-1], interpolation=cv2.INTER_CUBIC)
        total += rng.standard_normal(shape, dtype=np.float32) * np.float32(0.5 ** (k + 1))
    return cv2.resize(total, (width, height), interpolation=cv2.INTER_CUBIC)


def _gradient(height: int, width: int, top: Tuple[int, ...], bottom: Tuple[int, ...]) -> np.ndarray:
    t = np.linspace(0, 1, max(height, 1), dtype=np.float32)[:, None, None]
    rows = np.array(top, np.float32) * (1 - t) + np.array(bottom, np.float32) * t
    return cv2.resize(rows, (width, max(height, 1)), interpolation=cv2.INTER_NEAREST)


def _enlarge(half: np.ndarray, height: int, width: int) -> np.ndarray:
    return cv2.resize(cv2.add(half, 0, dtype=cv2.CV_8U), (width, height), interpolation=cv2.INTER_LINEAR)  # saturates


def _sky(rng: Rng, height: int, width: int) -> np.ndarray:
    top, low = _SKIES[int(rng.integers(len(_SKIES)))]
    h, w = height // 2, width // 2
    sky = _gradient(h, w, colour(top), colour(low))
    clear = 1 - np.clip(clouds(rng, h, w, 3) * 1.6 - 0.25, 0, 0.85)
    return _enlarge(255 - cv2.multiply(255 - sky, cv2.merge([clear] * 3)), height, width)


def _ground(rng: Rng, height: int, width: int, near: Tuple[int, ...], far: Tuple[int, ...], rough: float) -> np.ndarray:
    h, w = height // 2 + 1, width // 2
    grain = clouds(rng, h, w, 40, 2) * rough + clouds(rng, h, w, 5, 2) * rough
    return _enlarge(cv2.add(_gradient(h, w, far, near), cv2.merge([grain] * 3)), height, width)


def _trees(rng: Rng, image: np.ndarray, row: int, count: int) -> None:
    height, width = image.shape[:2]
    for _ in range(count):
        x, r = int(rng.integers(0, width)), int(rng.uniform(0.05, 0.13) * height)
        leaf = np.array(pick(rng, ("5f8f4a", "4c7a45", "7fa552", "c98a3c", "6a9a70")), float)
        base = row + int(rng.uniform(-0.01, 0.03) * height)
        cv2.rectangle(image, (x - r // 8, base - r), (x + r // 8, base), (52, 74, 96), -1)
        for k in range(7):
            dx, dy = rng.uniform(-0.8, 0.8, 2) * r
            shade = leaf * (0.85 + 0.05 * k)
            cv2.circle(image, (int(x + dx), int(base - 1.7 * r + dy)), int(r * 0.62), shade.tolist(), -1, cv2.LINE_AA)


def park(rng: Rng, height: int, width: int) -> Place:
    """Sky, hills, trees and grass."""
    row = int(height * rng.uniform(0.38, 0.58))
    picture = np.empty((height, width, 3), np.uint8)
    picture[:row] = _sky(rng, row, width)
    near, far = (("5f9a45", "9cc26a"), ("7a9c4f", "b9c983"), ("4f8a55", "8dbb80"))[rng.integers(3)]
    picture[row:] = _ground(rng, height - row, width, colour(near), colour(far), 14)
    x = np.arange(width)
    for tone, tall in (("a9c3b4", 0.12), ("86aa86", 0.06)):
        wave = row - height * tall * (0.6 + 0.4 * np.sin(x / width * rng.uniform(3, 9) + rng.uniform(0, 6)))
        cv2.fillPoly(
            picture,
            [np.stack([np.r_[x, width, 0], np.r_[wave, row, row]], 1).astype(np.int32)],
            colour(tone),
            cv2.LINE_AA,
        )
    _trees(rng, picture, row, int(rng.integers(2, 6)))
    for _ in range(int(rng.integers(0, 40))):  # flowers, nearer ones larger
        t = rng.uniform(0.08, 1)
        at = int(rng.integers(0, width)), int(row + t * (height - row))
        cv2.circle(picture, at, int(1 + 2 * t), pick(rng, ("fdf6e3", "f6c945", "e8708a")), -1, cv2.LINE_AA)
    return Place(picture, row, "park")


def beach(rng: Rng, height: int, width: int) -> Place:
    """Sky, sea with waves, and sand."""
    row = int(height * rng.uniform(0.36, 0.5))
    shore = row + int(height * rng.uniform(0.08, 0.16))
    picture = np.empty((height, width, 3), np.uint8)
    picture[:row] = _sky(rng, row, width)
    picture[row:] = _ground(rng, height - row, width, colour("e3c088"), colour("f2dcae"), 9)
    sea = _gradient(shore - row, width, colour("2f7fa8"), colour("7cc4cc"))
    sea += clouds(rng, shore - row, width, 14, 2)[..., None] * 12
    picture[row:shore] = np.clip(sea, 0, 255)
    x = np.arange(0, width + 8, 8)
    for k, y in enumerate((shore, (row + shore) // 2, row + (shore - row) // 5)):
        foam = y + np.sin(x * rng.uniform(0.03, 0.08) + k) * 2
        cv2.polylines(picture, [np.stack([x, foam], 1).astype(np.int32)], False, (250, 250, 245), 3 - k, cv2.LINE_AA)
    if rng.random() < 0.5:
        at = int(rng.integers(width // 8, width)), int(row * rng.uniform(0.25, 0.7))
        cv2.circle(picture, at, height // 16, colour("fff1b8"), -1, cv2.LINE_AA)
    return Place(picture, row, "beach")


def city(rng: Rng, height: int, width: int) -> Place:
    """Houses with windows along a street."""
    row = int(height * rng.uniform(0.42, 0.6))
    base = row + int(0.06 * height)
    picture = np.empty((height, width, 3), np.uint8)
    picture[:base] = _sky(rng, base, width)
    picture[base:] = _ground(rng, height - base, width, colour("8d8a88"), colour("b3aea8"), 6)
    x = -int(rng.integers(0, 30))
    while x < width:
        wide, tall = int(rng.uniform(0.12, 0.24) * width), int(rng.uniform(0.25, 0.95) * base)
        wall = pick(rng, ("d8a58a", "c9bfae", "a9b7c0", "e3cfa0", "b98d7c", "9fb09a", "d9c7c0"))
        cv2.rectangle(picture, (x, base - tall), (x + wide - 2, base), wall, -1)
        cv2.rectangle(
            picture, (x, base - tall), (x + wide - 2, base - tall + 4), tuple(int(0.75 * v) for v in wall), -1
        )
        step = max(10, wide // int(rng.integers(3, 5)))
        for wx in range(x + step // 3, x + wide - step // 2, step):
            for wy in range(base - tall + 10, base - 12, int(step * 1.3)):
                pane = (150, 215, 245) if rng.random() < 0.3 else (140, 115, 95)
                cv2.rectangle(picture, (wx, wy), (wx + step // 2, wy + int(step * 0.7)), pane, -1)
        x += wide
    kerb = base + int(0.05 * height)
    cv2.rectangle(picture, (0, base), (width, kerb), colour("c7c0b4"), -1)
    mark = base + (height - base) // 2
    for mx in range(int(rng.integers(0, 40)), width, 70):
        cv2.rectangle(picture, (mx, mark), (mx + 34, mark + 4), colour("ece6d8"), -1)
    return Place(picture, row, "city")


def wall(rng: Rng, height: int, width: int) -> Place:
    """A brick wall and a pavement of slabs."""
    row = int(height * rng.uniform(0.42, 0.55))
    base = int(height * rng.uniform(0.62, 0.78))
    tone = np.array(pick(rng, ("b5654a", "c98a66", "9c5548", "d8c3a8", "8f8a86")), float)
    brick = max(7, height // 26)
    picture = np.empty((height, width, 3), np.uint8)
    picture[:base] = tone * 0.45 + 120
    rows, columns = base // brick + 1, width // (2 * brick) + 2
    shades = np.clip(tone + rng.normal(0, 11, (rows, columns, 1)), 0, 255).astype(int).tolist()
    for r in range(rows):
        for c in range(columns):
            left, top = 2 * brick * c - brick * (r % 2), brick * r
            cv2.rectangle(picture, (left + 1, top + 1), (left + 2 * brick - 1, top + brick - 1), shades[r][c], -1)
    picture[base:] = _ground(rng, height - base, width, colour("b8b0a4"), colour("9c958c"), 7)
    picture[base : base + 3] = picture[base : base + 3] // 4 * 3
    return Place(picture, row, "wall")


def room(rng: Rng, height: int, width: int) -> Place:
    """Wallpaper, floor boards, a window or a picture."""
    row = int(height * rng.uniform(0.4, 0.52))
    base = int(height * rng.uniform(0.62, 0.76))
    paper = np.array(pick(rng, ("f2d9b0", "cfe0d0", "d8d3e6", "f0c9b8", "c5dbe6", "efe6cc")), float)
    picture = np.empty((height, width, 3), np.uint8)
    stripe = (np.arange(width) // max(8, width // 24)) % 2 == 0
    fade = 0.94 if rng.random() < 0.6 else 1.0
    picture[:base] = (paper * np.where(stripe, fade, 1.0)[:, None]).astype(np.uint8)
    wood = pick(rng, ("b07f4f", "8f6a48", "c9a173", "7a6258"))
    picture[base:] = _ground(rng, height - base, width, wood, wood, 5)
    seam = tint(wood, 0.7)
    for k in range(-12, 13):  # boards run towards the vanishing point
        cv2.line(
            picture,
            (width // 2 + k * width // 14, base),
            (width // 2 + k * width // 4, height),
            seam,
            1,
            cv2.LINE_AA,
        )
    cv2.rectangle(picture, (0, base - height // 40), (width, base), (225, 235, 240), -1)
    left = int(rng.uniform(0.05, 0.65) * width)
    tall, top = int(0.3 * height), int(0.07 * height)
    if rng.random() < 0.6:
        cv2.rectangle(picture, (left, top), (left + tall, top + tall), (235, 240, 245), -1)
        pane = _sky(rng, tall - 8, tall - 8)
        view = picture[top + 4 : top + tall - 4, left + 4 : left + tall - 4]
        view[:] = pane[:, : view.shape[1]]
        cv2.line(picture, (left + tall // 2, top), (left + tall // 2, top + tall), (235, 240, 245), 3)
        cv2.line(picture, (left, top + tall // 2), (left + tall, top + tall // 2), (235, 240, 245), 3)
    else:
        cv2.rectangle(picture, (left, top), (left + tall, top + int(tall * 0.75)), (60, 90, 120), -1)
        for _ in range(6):
            at = left + int(rng.integers(6, tall - 5)), top + int(rng.integers(6, int(tall * 0.75) - 5))
            cv2.circle(
                picture,
                at,
                int(rng.integers(2, 12)),
                pick(rng, ("e8b04a", "d9674b", "5f9fb5", "f2e3c0")),
                -1,
                cv2.LINE_AA,
            )
    return Place(picture, row, "room")


def blur(rng: Rng, height: int, width: int) -> Place:
    """Soft colours and lights out of focus, as behind a portrait."""
    base = np.array(pick(rng, ("8fa58a", "a59a8f", "8f9db0", "b59f8a", "9f8fa5")), np.float32)
    half = [clouds(rng, height // 2, width // 2, 4, 4) for _ in range(3)]
    mean = half[0] + half[1] + half[2]
    image = cv2.merge([tone + 23 * layer + 9 * mean for tone, layer in zip(base, half)])
    picture = cv2.resize(np.clip(image, 0, 255).astype(np.uint8), (width, height), interpolation=cv2.INTER_LINEAR)
    lights = picture.copy()
    for _ in range(int(rng.integers(4, 14))):
        at = int(rng.integers(0, width)), int(rng.integers(0, height * 2 // 3))
        cv2.circle(
            lights,
            at,
            int(rng.uniform(0.02, 0.07) * width),
            pick(rng, ("ffe2a8", "fff6e0", "d8ecff", "ffc9a0")),
            -1,
            cv2.LINE_AA,
        )
    picture = cv2.addWeighted(picture, 0.65, lights, 0.35, 0)
    return Place(cv2.GaussianBlur(picture, (0, 0), 1.5), height * rng.uniform(0.4, 0.5), "blur")


PLACES: Dict[str, Tuple[Callable[[Rng, int, int], Place], float]] = {
    "park": (park, 0.24),
    "beach": (beach, 0.18),
    "city": (city, 0.17),
    "wall": (wall, 0.13),
    "room": (room, 0.18),
    "blur": (blur, 0.10),
}


def random_place(rng: Rng, height: int, width: int) -> Place:
    """Draw a place by the shares above."""
    share = np.cumsum([weight for _, weight in PLACES.values()])
    pick_ = int(np.searchsorted(share, rng.random() * share[-1], side="right"))
    return list(PLACES.values())[pick_][0](rng, height, width)
