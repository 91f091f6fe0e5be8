"""What is asked of AIMET's numeric core, and of ours: inputs made anew from integers, the same under every NumPy.

``RandomState.randint`` and IEEE division and addition are exact everywhere, which the normal deviates of ``randn`` are
not (their logarithms are the C library's).
"""

from pathlib import Path
from typing import Any, Dict, List, NamedTuple

import numpy as np

VECTORS = Path(__file__).parent / "data" / "aimet_vectors.npz"
SCHEMES = ("tf", "tf_enhanced")
BITS = (4, 8, 16)
RULES = {  # symmetric, unsigned symmetric, strict symmetric
    "asymmetric": (False, False, False),
    "unsigned": (True, True, False),
    "signed": (True, False, False),
    "strict": (True, False, True),
}
FIELDS = ("minimum", "maximum", "scale", "offset")
PROBES = 24
CHANNELS = 10
F = np.float32


class Case(NamedTuple):
    """One question: tensors seen one after another, and how the grid is to be made."""

    inputs: str
    scheme: str
    bits: int
    rule: str

    @property
    def key(self) -> str:
        return "/".join([self.inputs, self.scheme, str(self.bits), self.rule])


def uniform(random: Any, *shape: int) -> np.ndarray:
    """float32 in [0, 1), multiples of 2**-24."""
    return random.randint(0, 2**24, shape).astype(F) / F(2**24)


def bell(random: Any, *shape: int) -> np.ndarray:
    """About standard normal: twelve uniform numbers added up as integers."""
    return (random.randint(0, 2**16, (12,) + shape).sum(axis=0) - 6 * 2**16).astype(F) / F(2**16)


def heavy(random: Any, *shape: int) -> np.ndarray:
    """Ratios, with tails as of Cauchy's distribution; up to a few thousand."""
    return (random.randint(-4000, 4001, shape) / random.randint(1, 4000, shape).astype(np.float64)).astype(F)


def tensors() -> Dict[str, List[np.ndarray]]:
    """Return the sequences of updates, by name."""
    random = np.random.RandomState(20)
    normal = bell(random, 400)
    found = {
        "random": [normal],
        "uniform": [uniform(random, 300) - F(0.25)],
        "heavy_tailed": [heavy(random, 600)],
        "one_outlier": [np.append(bell(random, 500) * F(0.1), F(40))],
        "one_sided": [np.maximum(bell(random, 500), F(0))],
        "one_sided_negative": [-uniform(random, 200) * F(3)],
        "never_near_zero": [uniform(random, 200) + F(5)],
        "never_near_zero_negative": [-F(2.5) - uniform(random, 200)],
        "dead": [np.zeros(64, F)],
        "constant": [np.full(50, 0.7, F)],
        "constant_negative": [np.full(50, -3.3, F)],
        "constant_and_zeros": [np.repeat(F([0, 0.37]), 20)],
        "one_value": [F([1.25])],
        "tiny": [bell(random, 200) * F(1e-4)],
        "tiny_one_sided": [uniform(random, 200) * F(1e-3)],
        "huge": [bell(random, 200) * F(1e6)],
        "four_values": [np.repeat(F([-2, -1, 0.5, 7]), [5, 100, 60, 3])],
        "opposite_ends": [F([-1, 1, 0.25, -0.125])],
        "three_updates": [bell(random, 300), bell(random, 77) * F(1.7) + F(0.4), bell(random, 900) * F(0.2)],
        "outgrown": [bell(random, 300), bell(random, 300) * F(20)],
        "zeros_first": [np.zeros(30, F), bell(random, 200), np.zeros(100, F)],
        "image": [uniform(random, 1, 6, 7, 3) * F(255)],
    }
    return found


def weights() -> Dict[str, np.ndarray]:
    """Return weights ``[channels, in, 3, 3]``, by name; among the channels dead, constant and one-sided ones."""
    random = np.random.RandomState(21)
    mixed = bell(random, CHANNELS, 4, 3, 3) * (uniform(random, CHANNELS, 1, 1, 1) * F(2) + F(0.01))
    mixed[1], mixed[2], mixed[3] = 0, np.abs(mixed[2]), -np.abs(mixed[3])
    mixed[4], mixed[5] = F(0.3), mixed[5] * F(1e-4)
    mixed[6] = heavy(random, 4, 3, 3)
    return {"mixed": mixed, "bell": bell(random, CHANNELS, 4, 3, 3)}


def cases() -> List[Case]:
    """Return all questions about whole tensors."""
    return [Case(name, s, b, r) for name in tensors() for s in SCHEMES for b in BITS for r in RULES]


def channel_cases() -> List[Case]:
    """Return all questions about weights with a grid per channel."""
    return [Case(name, s, b, r) for name in weights() for s in SCHEMES for b in BITS for r in RULES]


def probes(case: Case, encoding: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Return float32 values to round: seen ones, both ends and beyond, halves between grid points and next to them.

    Args:
        case: decides the choice.
        encoding: minimum, maximum, scale, offset, float64.
        seen: the last tensor.
    """
    minimum, maximum, scale, offset = encoding
    random = np.random.RandomState(sum(map(ord, case.key)))
    whole = random.randint(0, 2**case.bits - 1, 4).astype(np.float64)
    halves = (scale * (whole + 0.5 + offset)).astype(F)
    around = [halves, np.nextafter(halves, F(np.inf)), np.nextafter(halves, F(-np.inf))]
    ends = F([minimum, maximum, minimum - 0.5 * scale, maximum + 0.5 * scale, 2 * minimum - 1, 2 * maximum + 1, 0])
    drawn = seen.ravel()[random.randint(0, seen.size, PROBES - 3 * len(halves) - len(ends))]
    return np.concatenate([*around, ends, drawn]).astype(F)
