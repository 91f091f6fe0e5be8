"""Weights and biases as the integers the CPU multiplies and adds."""

from typing import NamedTuple, Tuple

import numpy as np

from zoo_common.errors import ZooError
from zoo_common.quantization.encoding import Encoding
from zoo_common.quantization.grid import applied, round_to_grid

INT8 = 2**7 - 1
LARGEST_BIAS = 2**31 - 1


class Integers(NamedTuple):
    """A constant on its grid: real = scale * (values - zero_point), channels on axis 0.

    Attributes:
        values: int8, uint8 or int32 [out, ...].
        scale: float32, shape () or [out].
        zero_point: as ``values``, shape of ``scale``.
    """

    values: np.ndarray
    scale: np.ndarray
    zero_point: np.ndarray


def weight_integers(weight: np.ndarray, encoding: Encoding, name: str) -> Integers:
    """Return a weight as uint8 on the grid the simulation rounds it to, to the last step.

    Channels with grids of their own share a zero point of 128; those that reach further than -128 .. 127 steps from 0
    are rounded again, to the finest grid on which they fit.

    Args:
        weight: float32 [out, ...].
        encoding: its grid, of one tensor or of each channel.
        name: for errors.

    Raises:
        ZooError: more than 8 bits, or another number of channels.
    """
    steps, scale, offset = _steps(weight, encoding, name)
    if not offset.ndim:
        return Integers((steps - offset).astype(np.uint8), scale, np.uint8(-offset))
    values, scale, zero_point = centred_integers(weight, encoding, name)
    return Integers(
        (values.astype(np.int16) + 128).astype(np.uint8), scale, zero_point.astype(np.uint8) + np.uint8(128)
    )


def centred_integers(weight: np.ndarray, encoding: Encoding, name: str) -> Integers:
    """Return a weight as int8 with zero points of 0 and a scale for each channel, which ONNX Runtime runs fastest.

    The values are those of the simulation but for channels that reach further than -128 .. 127 steps from 0: they are
    rounded again, to the finest grid on which they fit. Of a tensor with one asymmetric grid these are the few
    channels that hold its largest weights.

    Arguments and errors as of `weight_integers`.
    """
    steps, scale, _ = _steps(weight, encoding, name)
    rows = steps.reshape(len(weight), -1)
    coarser = np.maximum(1, np.maximum(rows.max(axis=1) / INT8, rows.min(axis=1) / (-INT8 - 1)))
    values = np.rint(rows / coarser[:, None]).reshape(weight.shape).astype(np.int8)
    return Integers(values, (scale * coarser).astype(np.float32), np.zeros(len(weight), np.int8))


def _steps(weight: np.ndarray, encoding: Encoding, name: str) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return how many steps the rounded values lie from 0 (whole numbers as float32), scale and offset."""
    if encoding.bits > 8:
        raise ZooError("parameter '{}': integers need at most 8 bits, its encoding has {}".format(name, encoding.bits))
    grid = applied(encoding)
    if grid.scale.shape not in ((), (len(weight),)):
        raise ZooError("parameter '{}': {} channels, {} encodings".format(name, len(weight), grid.scale.size))
    scale = np.asarray(grid.scale, np.float32)
    spread = scale.shape + (1,) * (weight.ndim - 1) if scale.ndim else ()
    return np.rint(round_to_grid(weight, encoding) / scale.reshape(spread)), scale, np.asarray(grid.offset)


def bias_integers(bias: np.ndarray, input_scale: np.float32, weight: Integers, name: str) -> Integers:
    """Return a bias, float32 [out], on the grid of the sums: int32 steps of input scale times weight scale.

    Raises:
        ZooError: it does not fit in 32 bits.
    """
    scale = np.broadcast_to(np.float32(input_scale) * weight.scale, bias.shape)
    values = np.rint(bias.astype(np.float64) / scale)
    if np.abs(values).max(initial=0) > LARGEST_BIAS:
        raise ZooError("bias '{}': does not fit in 32 bits on the grid of its convolution".format(name))
    return Integers(values.astype(np.int32), np.ascontiguousarray(scale), np.zeros(bias.shape, np.int32))
