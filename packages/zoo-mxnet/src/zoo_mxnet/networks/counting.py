"""How much work a network is."""

from typing import Tuple

import mxnet as mx
import numpy as np

from zoo_mxnet.networks.graph import Entry, Graph


def count_multiply_adds(symbol: mx.sym.Symbol, input_shape: Tuple[int, int, int]) -> int:
    """Return the multiply-adds of convolutions, transposed convolutions and dense layers for one image.

    A transposed convolution multiplies each value that it reads with its kernel: simple_pose_resnet50_v1b at 256x192
    has 5.43e9. Published tables give that network 8.9 GFLOPs: they count each value that is written, over 2**30.

    Args:
        symbol: float network with the single input ``data``.
        input_shape: ``(C, H, W)``.
    """
    graph = Graph.from_symbol(symbol)
    internals = graph.to_symbol().get_internals()
    _, found, _ = internals.infer_shape(data=(1,) + tuple(input_shape))
    shapes = dict(zip(internals.list_outputs(), found))

    def shape(entry: Entry) -> Tuple[int, ...]:
        name, number = entry
        ends = ("", "_output", "_output{}".format(number))
        return next(shapes[name + end] for end in ends if name + end in shapes)

    total = 0
    for node in graph.of_type("Convolution", "Deconvolution", "FullyConnected"):
        image, kernel = node.inputs[:2]
        moved = shape(image if node.op == "Deconvolution" else (node.name, 0))
        total += int(np.prod(moved)) * int(np.prod(shape(kernel)[1:]))
    return total
