"""How people look: skin, hair and clothes.

Everyone wears odd shoes, cuffs and patches on elbows and knees (a warm colour on the left, a cool one on the
right) and a warm band on the left sleeve: in a plain drawing these stand for the many small cues by which left and
right are told apart in a photograph.
"""

from typing import NamedTuple, Optional

import numpy as np

from zoo_common.synthetic.canvas import Colour
from zoo_common.synthetic.dice import between

SKIN = ("f6d7bd", "f0c4a0", "e3ae84", "cf9367", "b57a4e", "93613c", "70462b", "54331f")
HAIR = ("2b2320", "3d2b22", "5b3a26", "8a5a34", "b98548", "dcb673", "a8452c", "8d8d92", "d9d5cf", "38405e")
CLOTH = (
    "d9483b", "e8833a", "f0b93a", "7fae4e", "3f8f6b", "3a9ca8", "3f7fbf", "394f8c", "7a5aa6", "c25b8f",
    "f3ead8", "dfe6ea", "4a4f57", "8c5b45", "ef9a8f", "9cc7d8", "b9d39a", "f7d9a3",
)  # fmt: skip
LEGWEAR = ("3b4a6b", "5b7396", "2f3238", "6b5a4a", "b59b74", "7a8088", "46614f", "8a4a4a", "d8cdb8", "524a78")
WARM = ("e8452f", "f07a2a", "f4b62c")
COOL = ("2e5f9e", "2f8f92", "3a3f66")


class Look(NamedTuple):
    """One person's looks; colours are BGR."""

    skin: Colour
    hair: Colour
    style: str  # short, long, bob, bun, tail, curls, none
    shirt: Colour
    pattern: str  # plain, stripes, bars, dots, checks
    second: Colour  # of the pattern
    sleeve: float  # 0 none, 0.6 of the upper arm, 2 down to the wrist
    legwear: Colour
    trousers: float  # 2 long, 0.8 shorts, 0 a skirt
    left_shoe: Colour
    right_shoe: Colour
    hat: Optional[Colour]
    beanie: bool
    glasses: bool
    beard: bool
    width: float
    head_scale: float
    stature: float  # against an adult's


def colour(code: str) -> Colour:
    """Return the BGR colour of a hexadecimal RGB code."""
    return int(code[4:6], 16), int(code[2:4], 16), int(code[0:2], 16)


def pick(rng: np.random.Generator, codes: "tuple[str, ...]") -> Colour:
    """Draw one colour of a palette, a shade lighter or darker."""
    b, g, r = colour(codes[int(rng.random() * len(codes))])
    shade = 0.92 + 0.14 * rng.random()
    return min(255, int(b * shade)), min(255, int(g * shade)), min(255, int(r * shade))


def random_look(rng: np.random.Generator) -> Look:
    """Draw the looks of one person."""
    child = rng.random() < 0.22
    style = ("short", "short", "short", "long", "long", "bob", "bun", "tail", "curls", "none")[rng.integers(10)]
    skirt = style in ("long", "bob", "bun", "tail") and rng.random() < 0.35
    shirt = pick(rng, CLOTH)
    second = pick(rng, CLOTH)
    while sum(abs(a - b) for a, b in zip(shirt, second)) < 90:
        second = pick(rng, CLOTH)
    legwear = pick(rng, LEGWEAR)
    while sum(abs(a - b) for a, b in zip(shirt, legwear)) < 80:
        legwear = pick(rng, LEGWEAR)
    return Look(
        skin=pick(rng, SKIN),
        hair=pick(rng, HAIR),
        style=style,
        shirt=shirt,
        pattern=("plain", "plain", "stripes", "bars", "dots", "checks")[rng.integers(6)],
        second=second,
        sleeve=(0.0, 0.6, 0.6, 0.6, 2.0, 2.0)[rng.integers(6)],
        legwear=legwear,
        trousers=0.0 if skirt else (2.0 if rng.random() < 0.65 else 0.8),
        left_shoe=pick(rng, WARM),
        right_shoe=pick(rng, COOL),
        hat=pick(rng, CLOTH) if rng.random() < 0.16 else None,
        beanie=bool(rng.random() < 0.5),
        glasses=bool(rng.random() < 0.14),
        beard=bool(style in ("short", "none") and not child and rng.random() < 0.3),
        width=float(between(rng, 0.92, 1.14)),
        head_scale=float(between(rng, 1.22, 1.38) if child else between(rng, 1.0, 1.12)),
        stature=float(between(rng, 0.62, 0.78) if child else between(rng, 0.93, 1.07)),
    )
