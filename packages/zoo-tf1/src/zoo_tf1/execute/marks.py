"""Quantized activations, marked in a network before it is converted, and the marks written as QuantizeLinear.

A mark is a LeakyRelu that computes nothing of use: tf2onnx converts it one to one and moves transpositions past it
as it would past a rounding, and no two are alike (each has a slope of its own), so that none is merged or lost.
"""

from typing import Dict, List, Mapping

import numpy as np
import onnx
from onnx import helper, numpy_helper
from tensorflow.core.framework import types_pb2

from zoo_tf1.execute.grids import BYTE, ByteGrid
from zoo_tf1.quantsim.graph import Network, make_node, rebuilt, split
from zoo_tf1.quantsim.insert import SUFFIX

MARK = "LeakyRelu"
FIRST_SLOPE = 2


def marked(network: Network, grids: Mapping[str, ByteGrid]) -> Network:
    """Return the network with a mark ``<op>_quantized`` after each quantized activation, read by all its readers.

    Its outputs are called ``<op>_quantized`` whether they are rounded or not, as in the simulation.
    """
    graph = rebuilt(network.graph, network.graph.node)
    for node in graph.node:
        for position, text in enumerate(node.input):
            name, number = split(text)
            if number == 0 and name in grids:
                node.input[position] = name + SUFFIX
    for slope, (name, grid) in enumerate(grids.items(), FIRST_SLOPE):
        source = grid.source + SUFFIX if grid.source in grids and grid.source != name else grid.source
        mark = make_node(name + SUFFIX, MARK, [source], T=types_pb2.DT_FLOAT)
        mark.attr["alpha"].f = slope
        graph.node.extend([mark])
    for name in network.outputs:
        if name not in grids:
            graph.node.extend([make_node(name + SUFFIX, "Identity", [name], T=types_pb2.DT_FLOAT)])
    return Network(graph, network.inputs, tuple(name + SUFFIX for name in network.outputs))


def write_marks(model: onnx.ModelProto, grids: Mapping[str, ByteGrid]) -> None:
    """Replace the marks of a converted network, in place: QuantizeLinear, DequantizeLinear, a Clip where needed."""
    by_name = {name + SUFFIX: grid for name, grid in grids.items()}
    _transpose_first(model.graph, by_name)
    nodes: List[onnx.NodeProto] = []
    for node in model.graph.node:
        if node.op_type == MARK and node.name in by_name:
            nodes += _rounding(model.graph, node, by_name[node.name])
        else:
            nodes.append(node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def _transpose_first(graph: onnx.GraphProto, marks: Mapping[str, ByteGrid]) -> None:
    """Round an input after it is transposed: a transposition between it and a convolution bars integers."""
    inputs = {value.name for value in graph.input}
    readers: Dict[str, List[onnx.NodeProto]] = {}
    for node in graph.node:
        for name in node.input:
            readers.setdefault(name, []).append(node)
    for mark in [node for node in graph.node if node.name in marks and node.input[0] in inputs]:
        after = readers.get(mark.output[0], [])
        if len(after) == 1 and after[0].op_type == "Transpose":
            source, between, result = mark.input[0], mark.output[0], after[0].output[0]
            mark.input[0], mark.output[0] = between, result
            after[0].input[0], after[0].output[0] = source, between
            first, second = sorted(list(graph.node).index(node) for node in (mark, after[0]))
            transpose, rounding = onnx.NodeProto(), onnx.NodeProto()
            transpose.CopyFrom(after[0])
            rounding.CopyFrom(mark)
            graph.node[first].CopyFrom(transpose)
            graph.node[second].CopyFrom(rounding)


def _rounding(graph: onnx.GraphProto, node: onnx.NodeProto, grid: ByteGrid) -> List[onnx.NodeProto]:
    name = node.name
    values: Dict[str, np.ndarray] = {"scale": grid.scale, "zero_point": grid.zero_point}
    clipped = (grid.low, grid.high) != (0, BYTE)
    if clipped:
        values.update(low=np.uint8(grid.low), high=np.uint8(grid.high))
    graph.initializer.extend(
        numpy_helper.from_array(np.asarray(value), "{}/{}".format(name, what)) for what, value in values.items()
    )
    constants, integers = [name + "/scale", name + "/zero_point"], name + "/integers"
    made = [helper.make_node("QuantizeLinear", [node.input[0], *constants], [integers], name=integers)]
    if clipped:
        ends, integers = [integers, name + "/low", name + "/high"], name + "/clipped"
        made.append(helper.make_node("Clip", ends, [integers], name=integers))
    made.append(helper.make_node("DequantizeLinear", [integers, *constants], list(node.output), name=name))
    return made
