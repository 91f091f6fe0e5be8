"""What of a graph ends TensorFlow 1.15 before it can refuse it, or our own walk through it: told beforehand."""

from typing import Iterable

import numpy as np
from tensorflow.python.framework import dtypes

from zoo_common.errors import ZooError
from zoo_tf1.quantsim.graph import GraphDef, Index, NodeDef, split

CONVOLUTIONS = frozenset(
    ["Conv2D", "DepthwiseConv2dNative", "Conv2DBackpropInput", "DepthwiseConv2dNativeBackpropInput", "Conv3D"]
)
MOST_NUMBERS = 1 << 29


def require_kernels(graph: GraphDef, source: str) -> None:
    """Check the constants of a graph, and the kernels of its convolutions: a side of 0 is a division by zero.

    Raises:
        ZooError: a kernel has a side of 0, or a constant states more numbers than are there; names it.
    """
    index = _index(graph, source)
    for node in graph.node:
        if node.op == "Const" and "value" in node.attr:
            _require_numbers(node, source)
        if node.op in CONVOLUTIONS and len(node.input) > 1:
            kernel = index.nodes.get(split(node.input[1])[0])
            if kernel is not None and kernel.op == "Const" and 0 in _shape(kernel):
                text = "{}: '{}': the kernel '{}' has shape {}"
                raise ZooError(text.format(source, node.name, kernel.name, _shape(kernel)))


def require_order(graph: GraphDef, ends: Iterable[str], source: str) -> None:
    """Check that nodes read what is there, and not themselves.

    Args:
        ends: names of nodes of the graph; what these do not need may be as it likes.

    Raises:
        ZooError: names the node.
    """
    try:
        Index(graph).sorted_from(ends)
    except ZooError as error:
        raise ZooError("{}: {}".format(source, error)) from None


def _index(graph: GraphDef, source: str) -> Index:
    try:
        return Index(graph)
    except ZooError as error:
        raise ZooError("{}: {}".format(source, error)) from None


def _shape(node: NodeDef) -> "list[int]":
    return [side.size for side in node.attr["value"].tensor.tensor_shape.dim]


def _require_numbers(node: NodeDef, source: str) -> None:
    tensor, shape = node.attr["value"].tensor, _shape(node)
    count = int(np.prod([float(side) for side in shape]))
    content = len(tensor.tensor_content)
    if min(shape, default=0) < 0 or count > MOST_NUMBERS:
        raise ZooError("{}: constant '{}': shape {}".format(source, node.name, shape))
    try:
        size = dtypes.as_dtype(tensor.dtype).size
    except TypeError:
        raise ZooError("{}: constant '{}': type {} is unknown".format(source, node.name, tensor.dtype)) from None
    if content and size and content != count * size:
        text = "{}: constant '{}': {} bytes where shape {} needs {}"
        raise ZooError(text.format(source, node.name, content, shape, count * size))
