"""Grids of activations as ONNX writes them: bytes with a scale and a zero point."""

from typing import Dict, Mapping, NamedTuple

import numpy as np

from zoo_common.errors import ZooError
from zoo_common.quantization.encoding import Encoding
from zoo_common.quantization.grid import applied, round_half_away
from zoo_tf1.quantsim.graph import Index, Network
from zoo_tf1.quantsim.insert import CLIPPED_BY
from zoo_tf1.quantsim.rounding import whole_ends

BYTE = 255


class ByteGrid(NamedTuple):
    """Real = scale * (byte - zero_point), for bytes of low .. high.

    Attributes:
        source: the node that is rounded: the one named, or what a ReLU reads that clips no more than the bytes do.
        scale: float32.
        zero_point: uint8.
        low, high: the bytes that occur, 0 and 255 nearly always.
    """

    source: str
    scale: np.float32
    zero_point: np.uint8
    low: int
    high: int


def byte_grids(network: Network, activations: Mapping[str, Encoding]) -> Dict[str, ByteGrid]:
    """Return the grids of all quantized activations by the node's name.

    Raises:
        ZooError: an encoding has not 8 bits.
    """
    index = Index(network.graph)
    found = {}
    for name, encoding in activations.items():
        if encoding.bits != 8:
            raise ZooError("activation '{}': integers need 8 bits, its encoding has {}".format(name, encoding.bits))
        grid = applied(encoding)
        zero_point = -int(grid.offset)
        low, high = (end + zero_point for end in whole_ends(grid))
        node, source = index.nodes[name], name
        if node.op in CLIPPED_BY and zero_point == low == 0:
            # Rounding never decreases, so it may clip first: at the step that the ReLU's end is rounded to.
            steps = min(np.float32(CLIPPED_BY[node.op]) / np.float32(grid.scale), np.float32(high))
            source, high = node.input[0].split(":")[0], int(round_half_away(steps))
        found[name] = ByteGrid(source, np.float32(grid.scale), np.uint8(zero_point), low, high)
    return found
