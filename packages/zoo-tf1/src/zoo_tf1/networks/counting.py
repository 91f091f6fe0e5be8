"""How large a graph is: numbers in its constants, multiply-adds of its convolutions."""

from typing import Dict, Optional, Tuple

import numpy as np
from tensorflow.core.framework import types_pb2
from tensorflow.python.framework import tensor_util

from zoo_tf1.quantsim.graph import Network
from zoo_tf1.tensorflow1 import tf

CONVOLUTIONS = ("Conv2D", "DepthwiseConv2dNative")


def count_parameters(network: Network) -> int:
    """Return how many float32 numbers the constants hold."""
    constants = [node.attr["value"].tensor for node in network.graph.node if node.op == "Const"]
    return int(sum(tensor_util.MakeNdarray(item).size for item in constants if item.dtype == types_pb2.DT_FLOAT))


def _own_size(network: Network) -> Optional[Tuple[int, ...]]:
    """Return the height and width that a graph's input is fixed to; None if it is not."""
    (node,) = [node for node in network.graph.node if node.name == network.inputs[0]]
    sides = tuple(item.size for item in node.attr["shape"].shape.dim)[1:3] if "shape" in node.attr else ()
    return sides if len(sides) == 2 and min(sides) > 0 else None


def count_multiply_adds(network: Network, size: Tuple[int, int]) -> int:
    """Return the multiply-adds of the convolutions for one image of height and width ``size``, or the graph's own."""
    with tf.Graph().as_default() as graph:
        image = tf.placeholder(tf.float32, (1,) + (_own_size(network) or tuple(size)) + (3,))
        tf.import_graph_def(network.graph, input_map={network.inputs[0] + ":0": image}, name="")
        total = 0
        for operation in graph.get_operations():
            if operation.type not in CONVOLUTIONS:
                continue
            _, height, width, channels = operation.outputs[0].shape.as_list()
            kernel = operation.inputs[1].shape.as_list()
            if None in (height, width, channels) or None in kernel:
                continue
            inputs = kernel[2] if operation.type == "Conv2D" else 1
            total += int(np.prod([height, width, channels, kernel[0], kernel[1], inputs]))
        return total


def size_of(network: Network, size: Tuple[int, int]) -> Dict[str, int]:
    """Return ``parameters``, and ``multiply_adds`` of one image of height and width ``size``."""
    return {"parameters": count_parameters(network), "multiply_adds": count_multiply_adds(network, size)}
