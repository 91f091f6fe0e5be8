"""One number between two: several times quicker than ``Generator.uniform``, and a picture draws over a hundred."""

import numpy as np


def between(rng: np.random.Generator, low: float, high: float) -> float:
    """Draw a number from low to high, all equally likely."""
    return low + (high - low) * rng.random()
