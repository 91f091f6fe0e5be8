"""Weights and biases as the integers the CPU multiplies and adds, and weights that no CPU overflows on."""

from typing import Dict, NamedTuple, Tuple

import numpy as np

from zoo_common.errors import ZooError
from zoo_common.quantization.encoding import Encoding
from zoo_common.quantization.grid import applied, minmax_encoding, round_to_grid, weight_range
from zoo_torch.quantize.graph import FoldedGraph, Quantization

INT8 = 2**7 - 1
LARGEST_BIAS = 2**30

SAFE_WEIGHT = 64
"""Two products of a byte and a weight up to this fit in 16 bits: 2 * 255 * 64 = 32640. CPUs without VNNI add such
pairs in 16 bits and saturate (instruction ``vpmaddubsw``)."""

NARROW_BITS = 7


class Integers(NamedTuple):
    """A weight or bias on its grid: real = scale * values.

    Attributes:
        values: int8 or int32 [out, ...].
        scale: float32 [out].
    """

    values: np.ndarray
    scale: np.ndarray


def weight_integers(weight: np.ndarray, encoding: Encoding, module: str) -> Integers:
    """Return a weight, float32 [out, ...], as int8 on the grid the simulation rounds it to.

    A channel without negative values may have a grid of 0..255. Where it reaches above 127 it does not fit in int8
    and is rounded to a grid twice as coarse.

    Raises:
        ZooError: the encoding is not symmetric, has more than 8 bits or another number of channels.
    """
    if not encoding.symmetric or encoding.bits > 8:
        kind = "symmetric" if encoding.symmetric else "asymmetric"
        needed = "{}: integers need symmetric weights of at most 8 bits, these are {} with {}"
        raise ZooError(needed.format(module, kind, encoding.bits))
    scale = np.atleast_1d(applied(encoding).scale)
    if scale.shape != (len(weight),):
        raise ZooError("{}: {} channels, {} encodings".format(module, len(weight), scale.size))
    channels = [-1] + [1] * (weight.ndim - 1)
    values = np.rint(round_to_grid(weight, encoding) / scale.reshape(channels))
    integers = Integers(values, scale)
    if values.max() > INT8:
        needed = weight_range(weight)[1] / INT8
        integers = _coarser(integers, weight, np.where(values.reshape(len(weight), -1).max(axis=1) > INT8, needed, 0))
    return Integers(integers.values.astype(np.int8), integers.scale.astype(np.float32))


def parameter_integers(
    weight: np.ndarray, bias: np.ndarray, encoding: Encoding, input_scale: float, module: str
) -> Tuple[Integers, Integers]:
    """Return weight and bias of a convolution: int8 as `weight_integers`, and int32 on the grid of the sums.

    A bias of more than 2**30 such steps makes its channel's grid coarser; the sums, at most a few per cent of such a
    bias, then lose far less than a step of the output's 255.

    Raises:
        ZooError: as `weight_integers`.
    """
    step = np.float32(input_scale)
    integers = _coarser(weight_integers(weight, encoding, module), weight, np.abs(bias) / (step * LARGEST_BIAS))
    integers = Integers(integers.values.astype(np.int8), integers.scale.astype(np.float32))
    scale = step * integers.scale
    return integers, Integers(np.rint(bias.astype(np.float64) / scale).astype(np.int32), scale)


def _coarser(integers: Integers, weight: np.ndarray, least: np.ndarray) -> Integers:
    """Return the integers with no channel's scale below ``least`` [out]."""
    raised = least > integers.scale
    if not raised.any():
        return integers
    scale = np.where(raised, least, integers.scale)
    channels = [-1] + [1] * (weight.ndim - 1)
    values = np.where(raised.reshape(channels), np.rint(weight / scale.reshape(channels)), integers.values)
    return Integers(values, scale)


def narrow_weights(graph: FoldedGraph, quantization: Quantization) -> Quantization:
    """Return a quantization whose 8-bit weights have 7 bits: no CPU overflows on them, with or without VNNI.

    The simulation of what this returns predicts its execution; nothing happens behind the encodings' back.
    """
    parameters: Dict[str, Encoding] = {}
    for module, encoding in quantization.parameters.items():
        if encoding.bits > NARROW_BITS and encoding.symmetric:
            low, high = weight_range(graph.weights[module])
            parameters[module] = minmax_encoding(low, high, NARROW_BITS, symmetric=True, unsigned_symmetric=False)
        else:
            parameters[module] = encoding
    return quantization._replace(parameters=parameters)
