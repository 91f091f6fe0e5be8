"""Weights as int8 with one float32 scale per output channel, and back without losing a bit.

MXNet's int8 convolution takes float weights and quantizes them itself, symmetric per output channel
with 127 / max|w|. Weights that already lie on that grid come out as the very same integers, so the
grid values are what is calibrated and run, and the integers with their scales are what is saved.
"""

from typing import Dict, Iterable, Tuple

import numpy as np

SCALE_SUFFIX = "_int8_scale"


def quantize_weight(weight: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Quantize ``[O, ...]`` symmetrically per output channel.

    Returns:
        int8 integers in [-127, 127] of the same shape, and float32 scales ``[O]``; a channel of
        zeros gets scale 1.
    """
    largest = np.abs(weight.reshape(len(weight), -1)).max(axis=1).astype(np.float64)
    scale = np.where(largest > 0, largest / 127, 1.0).astype(np.float32)
    integers = np.rint(weight.astype(np.float64) / _along_first(scale, weight.ndim))
    return np.clip(integers, -127, 127).astype(np.int8), scale


def dequantize_weight(integers: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Return the float32 weights the integers stand for."""
    return integers.astype(np.float32) * _along_first(scale.astype(np.float32), integers.ndim)


def snap(weight: np.ndarray) -> np.ndarray:
    """Return the nearest weights on the int8 grid, float32."""
    return dequantize_weight(*quantize_weight(weight))


def pack(args: Dict[str, np.ndarray], int8_names: Iterable[str]) -> Dict[str, np.ndarray]:
    """Replace the named weights by their integers and scales; they must lie on the grid already."""
    packed = dict(args)
    for name in int8_names:
        packed[name], packed[name + SCALE_SUFFIX] = quantize_weight(args[name])
    return packed


def unpack(stored: Dict[str, np.ndarray]) -> Dict[str, np.ndarray]:
    """Undo `pack`."""
    args = {}
    for name, value in stored.items():
        if name.endswith(SCALE_SUFFIX):
            continue
        scale = stored.get(name + SCALE_SUFFIX)
        args[name] = value if scale is None else dequantize_weight(value, scale)
    return args


def _along_first(vector: np.ndarray, ndim: int) -> np.ndarray:
    return vector.reshape((-1,) + (1,) * (ndim - 1))
