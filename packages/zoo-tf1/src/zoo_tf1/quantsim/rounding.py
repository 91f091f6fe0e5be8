"""Quantize-dequantize of an activation as TensorFlow operations, bit for bit what `round_to_grid` computes.

Three passes over the tensor: x / scale; ``FakeQuantWithMinMaxArgs`` on the whole numbers offset .. steps + offset,
where its own scale is 1, so that it clips and computes floor(v - offset + 0.5) + offset; times scale. Clipping after
the division instead of before it changes nothing, for both never decrease. Applied to x itself, fake quantization would
multiply by 1/scale and add the minimum: other bits.

floor(v + 0.5) is wrong for one float, the largest below 0.5, and v can be that only if offset is 0. There the division
is by half the scale and rounded down in the same pass: floor(2v), whose fake quantization in steps of 2 is exact and
gives twice the whole number. All factors of 2 are exact.

The graph optimiser would make the division a multiplication and move the scale into the next convolution's weights if
it knew the scale to be constant: it is a placeholder with a default.
"""

from typing import List, Tuple

import numpy as np
from tensorflow.core.framework import types_pb2

from zoo_common.quantization.grid import Grid, round_half_away
from zoo_tf1.quantsim.graph import NodeDef, make_constant, make_node

FLOAT = types_pb2.DT_FLOAT
JUST_UNDER_HALF = np.nextafter(np.float32(0.5), np.float32(0))
"""floor(v + this) rounds halves away from zero for -0.5 <= v < 2**22."""

F32 = np.float32


def rounding(source: str, name: str, bits: int, grid: Grid, exact: bool = True) -> List[NodeDef]:
    """Return operations that round ``source`` (a node's first output); the last is called ``name``.

    Args:
        source: name of the node.
        name: of the last operation.
        bits, grid: of the encoding of a tensor.
        exact: False takes one pass of fake quantization in place of three: it multiplies by 1/scale, so that of a
            million values about ten next to a half go to the other grid point, and where offset is not 0 it adds the
            minimum, so that values differ in the last bit.
    """
    if not exact:
        node = make_node(name, "FakeQuantWithMinMaxArgs", [source])
        _fake(node, grid.minimum, grid.maximum, bits, bool(grid.steps < 2**bits - 1))
        return [node]
    scale = "{}/scale".format(name)
    low, high = whole_ends(grid)
    lost = 2**bits - 1 - (high - low)
    whole = low == grid.offset and lost in (0, 1)
    unit = 2 if whole and low == 0 else 1
    default = make_constant(scale + "/default", F32(grid.scale) / F32(unit))
    known = make_node(scale, "PlaceholderWithDefault", [default.name], dtype=FLOAT)
    known.attr["shape"].shape.SetInParent()
    chain = _Chain(source, name)
    if whole:
        chain.add("FloorDiv" if unit == 2 else "RealDiv", scale)
        chain.add("FakeQuantWithMinMaxArgs")
        del chain.nodes[-1].attr["T"]
        _fake(chain.nodes[-1], unit * low, unit * high, bits, bool(lost))
    else:
        _plainly(chain, grid, scale)
    chain.add("Mul", scale)
    chain.nodes[-1].name = name
    return [default, known, *chain.nodes]


def _fake(node: NodeDef, low: float, high: float, bits: int, narrow: bool) -> None:
    node.attr["min"].f, node.attr["max"].f = low, high
    node.attr["num_bits"].i, node.attr["narrow_range"].b = bits, narrow


def whole_ends(grid: Grid) -> Tuple[int, int]:
    """Return q + offset at both ends of the range."""
    scale, offset = F32(grid.scale), F32(grid.offset)
    ends = [round_half_away(F32(end) / scale - offset) + offset for end in (grid.minimum, grid.maximum)]
    return int(ends[0]), int(ends[1])


class _Chain:
    """Operations one after another."""

    def __init__(self, source: str, name: str) -> None:
        self.current, self.name = source, name
        self.nodes: List[NodeDef] = []

    def constant(self, name: str, value: np.ndarray) -> str:
        self.nodes.append(make_constant("{}/{}".format(self.name, name), np.asarray(value, np.float32)))
        return str(self.nodes[-1].name)

    def add(self, op: str, *operands: str) -> None:
        name = "{}/{}".format(self.name, op)
        self.nodes.append(make_node(name, op, [self.current, *operands], T=FLOAT))
        self.current = name


def _plainly(chain: _Chain, grid: Grid, scale: str) -> None:
    """The rule step by step, for read ranges whose ends lie between grid points."""
    minimum, maximum = chain.constant("minimum", grid.minimum), chain.constant("maximum", grid.maximum)
    offset, half = chain.constant("offset", grid.offset), scale.replace("/scale", "/half")
    default = chain.constant("half/default", JUST_UNDER_HALF)
    chain.nodes.append(make_node(half, "PlaceholderWithDefault", [default], dtype=FLOAT))
    chain.nodes[-1].attr["shape"].shape.SetInParent()
    for op, operands in (
        ("Maximum", (minimum,)),
        ("Minimum", (maximum,)),
        ("RealDiv", (scale,)),
        ("Sub", (offset,)),
        ("AddV2", (half,)),
        ("Floor", ()),
        ("Add", (offset,)),
    ):
        chain.add(op, *operands)
