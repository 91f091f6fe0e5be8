"""Layers with weights and the constants of their biases; a BiasAdd for those that have none."""

from typing import Container, Dict, List, NamedTuple, Tuple

import numpy as np
from tensorflow.core.framework import types_pb2

from zoo_tf1.quantsim.connected import WEIGHT_POSITION, Op, connect
from zoo_tf1.quantsim.graph import Index, Network, NodeDef, Reader, make_constant, make_node, rebuilt
from zoo_tf1.quantsim.placement import Parameter, Placement
from zoo_tf1.quantsim.weights import channels


class Layer(NamedTuple):
    """A convolution or matrix product with a bias.

    Attributes:
        name: the BiasAdd, which is the operation's name.
        bias: the constant it reads.
        value: of the constant, float32 [channels].
        mean_axes: all axes of the output but the channels'.
    """

    name: str
    bias: str
    value: np.ndarray
    mean_axes: Tuple[int, ...]


def with_biases(
    network: Network, placement: Placement, weights: Container[str]
) -> Tuple[Network, Placement, List[Layer]]:
    """Give every layer of the weights named a bias constant of its own.

    A layer without a BiasAdd gets one of zeros, which takes the layer's name, so that quantizers are called as before;
    the product is then called ``<name>/product``. A layer whose bias is no constant is left out.

    Args:
        network: batch norms folded.
        placement: its quantizers.
        weights: names of constants.

    Returns:
        The network, the placement with the readers that there are now, and the layers in topological order.
    """
    readers = {
        reader: name for name, item in placement.parameters.items() if name in weights for reader in item.readers
    }
    parameters = dict(placement.parameters)
    index = Index(network.graph)
    changed: Dict[str, List[NodeDef]] = {}
    for op in connect(network, index).ops.values():
        weight = readers.get(Reader(op.main, WEIGHT_POSITION))
        if weight is not None and op.name == op.main:
            changed[op.main] = _biased(index.nodes[op.main], channels(index.constant(weight), op.type))
            parameters[weight] = _moved(parameters[weight], op.main)
    nodes = [made for node in network.graph.node for made in changed.get(node.name, [node])]
    network = network._replace(graph=rebuilt(network.graph, nodes))
    readers = {reader: name for name, item in parameters.items() if name in weights for reader in item.readers}
    return _own_biases(network, placement._replace(parameters=parameters), readers)


def layers_by_level(network: Network, layers: List[Layer]) -> List[List[Layer]]:
    """Sort layers by how many of them lie one after another before each; those of a level do not depend on another."""
    named = {layer.name: layer for layer in layers}
    depth: Dict[str, int] = {}
    levels: Dict[int, List[Layer]] = {}
    for op in connect(network).ops.values():
        own = max((depth[source] for source in op.sources), default=0)
        if op.name in named:
            levels.setdefault(own, []).append(named[op.name])
        depth[op.name] = own + (op.name in named)
    return [levels[number] for number in sorted(levels)]


def _biased(product: NodeDef, size: int) -> List[NodeDef]:
    renamed = NodeDef()
    renamed.CopyFrom(product)
    renamed.name = product.name + "/product"
    zeros = make_constant(product.name + "/zero_bias", np.zeros(size, np.float32))
    add = make_node(product.name, "BiasAdd", [renamed.name, zeros.name], T=types_pb2.DT_FLOAT)
    if "data_format" in product.attr:
        add.attr["data_format"].CopyFrom(product.attr["data_format"])
    return [renamed, zeros, add]


def _moved(parameter: Parameter, product: str) -> Parameter:
    there = Reader(product + "/product", WEIGHT_POSITION)
    gone = Reader(product, WEIGHT_POSITION)
    return parameter._replace(readers=tuple(there if reader == gone else reader for reader in parameter.readers))


def _own_biases(
    network: Network, placement: Placement, weights: Dict[Reader, str]
) -> Tuple[Network, Placement, List[Layer]]:
    index = Index(network.graph)
    parameters = dict(placement.parameters)
    moved: Dict[str, str] = {}
    layers, added = [], []
    for op in connect(network, index).ops.values():
        if Reader(op.main, WEIGHT_POSITION) not in weights:
            continue
        shared = index.data_inputs(index.nodes[op.name])[WEIGHT_POSITION]
        value, name = index.constant(shared), shared
        if value is None:
            continue
        if len(index.readers_of(shared)) > 1 or index.nodes[shared].op != "Const":
            name = moved[op.name] = op.name + "/own_bias"
            added.append(make_constant(name, value))
            reader = Reader(op.name, WEIGHT_POSITION)
            if shared in parameters:
                rest = tuple(item for item in parameters[shared].readers if item != reader)
                parameters[name] = parameters[shared]._replace(readers=(reader,))
                parameters[shared] = parameters[shared]._replace(readers=rest)
        layers.append(Layer(op.name, name, value, _mean_axes(op, index.nodes[op.name])))
    graph = rebuilt(network.graph, [*network.graph.node, *added])
    for node in graph.node:
        if node.name in moved:
            node.input[WEIGHT_POSITION] = moved[node.name]
    parameters = {name: item for name, item in parameters.items() if item.readers}
    return network._replace(graph=graph), placement._replace(parameters=parameters), layers


def _mean_axes(op: Op, add: NodeDef) -> Tuple[int, ...]:
    if op.type == "MatMul":
        return (0,)
    channels_first = "data_format" in add.attr and add.attr["data_format"].s == b"NCHW"
    return (0, 2, 3) if channels_first else (0, 1, 2)
