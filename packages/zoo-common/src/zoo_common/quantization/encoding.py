"""Encodings: the grid a tensor's values are rounded to, and how it follows from the values seen."""

from typing import NamedTuple, Tuple

import numpy as np


class Encoding(NamedTuple):
    """The grid of one tensor: real = scale * (q + offset), q in 0 .. 2**bits - 1, offset <= 0.

    Attributes:
        minimum, maximum: ends of the grid; float64, shape () for a tensor, (channels,) for a per-channel weight.
        scale: distance of two grid points, same shape.
        offset: grid index of real 0, negated; whole numbers as float64, same shape.
        bits: bit width.
        symmetric: whether the grid was asked to be symmetric.
    """

    minimum: np.ndarray
    maximum: np.ndarray
    scale: np.ndarray
    offset: np.ndarray
    bits: int
    symmetric: bool

    @property
    def signed_range(self) -> Tuple[int, int]:
        """Lowest and highest integer of a symmetric grid, e.g. -128 and 127."""
        return -(2 ** (self.bits - 1)), 2 ** (self.bits - 1) - 1
