"""Weights: where their channels are, their encodings, and their values rounded once."""

from typing import Tuple

import numpy as np

from zoo_common.errors import ZooError, did_you_mean
from zoo_common.quantization.encoding import Encoding
from zoo_common.quantization.enhanced import enhanced_encoding, enhanced_weight_encoding, observe
from zoo_common.quantization.grid import minmax_encoding, round_to_grid, weight_range
from zoo_tf1.quantsim.placement import Parameter, Placement

SCHEMES = ("tf", "tf_enhanced")


def check_scheme(scheme: str) -> str:
    """Return the scheme's name.

    Raises:
        ZooError: it is neither ``tf`` nor ``tf_enhanced``.
    """
    if scheme not in SCHEMES:
        raise ZooError("scheme: unknown '{}'{}".format(scheme, did_you_mean(scheme, SCHEMES)))
    return scheme


def channels_first(weight: np.ndarray, op_type: str) -> np.ndarray:
    """Return a view or copy ``[channels, ...]``.

    The output channels are the last axis; of a depthwise kernel ``[kh, kw, C, M]`` the last two taken together, of a
    transposed convolution's ``[kh, kw, out, in]`` the last but one.
    """
    if op_type == "DepthwiseConv2dNative":
        return np.moveaxis(weight.reshape(weight.shape[:2] + (-1,)), -1, 0)
    return np.moveaxis(weight, -2 if op_type == "Conv2DBackpropInput" else -1, 0)


def channels_back(weight: np.ndarray, op_type: str, shape: Tuple[int, ...]) -> np.ndarray:
    """Undo `channels_first`, to the shape there was."""
    return np.moveaxis(weight, 0, -2 if op_type == "Conv2DBackpropInput" else -1).reshape(shape)


def channels(weight: np.ndarray, op_type: str) -> int:
    """Return the number of output channels."""
    return len(channels_first(weight, op_type))


def weight_encoding(weight: np.ndarray, parameter: Parameter, placement: Placement, scheme: str, bits: int) -> Encoding:
    """Compute the encoding of a constant, float32; one grid, or one per output channel.

    AIMET 1.22 itself takes ``tf_enhanced`` for per-channel grids whatever scheme was asked for; here the one asked
    for is taken.
    """
    rules = (parameter.symmetric, placement.unsigned, placement.strict)
    if not parameter.per_channel:
        if scheme == "tf":
            return minmax_encoding(weight.min(), weight.max(), bits, *rules)
        return enhanced_encoding(observe(weight), bits, *rules)
    rows = channels_first(weight, parameter.type)
    if scheme == "tf":
        return minmax_encoding(*weight_range(np.ascontiguousarray(rows)), bits, *rules)
    symmetric, unsigned, strict = rules
    return enhanced_weight_encoding(rows, bits, unsigned, symmetric, strict)


def rounded(weight: np.ndarray, op_type: str, encoding: Encoding) -> np.ndarray:
    """Quantize and dequantize a constant, float32, same shape."""
    if not np.ndim(encoding.scale):
        return round_to_grid(weight, encoding)
    return channels_back(round_to_grid(channels_first(weight, op_type), encoding), op_type, weight.shape)
