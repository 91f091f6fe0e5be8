"""Quantizers into a graph: constants rounded once, activations rounded by TensorFlow operations."""

from typing import Dict, Iterable, List, Mapping, NamedTuple

from tensorflow.core.framework import types_pb2

from zoo_common.errors import ZooError
from zoo_common.quantization.encoding import Encoding
from zoo_common.quantization.grid import Grid, applied
from zoo_tf1.quantsim.graph import Index, Network, NodeDef, make_constant, make_node, rebuilt, split
from zoo_tf1.quantsim.placement import Placement
from zoo_tf1.quantsim.rounding import rounding
from zoo_tf1.quantsim.weights import rounded

SUFFIX = "_quantized"
CLIPPED_BY = {"Relu": float("inf"), "Relu6": 6.0}


class Quantization(NamedTuple):
    """The encodings of a network, by the name of the node whose first output they are for. Absent is not rounded."""

    activations: Dict[str, Encoding]
    parameters: Dict[str, Encoding]


def insert(network: Network, placement: Placement, quantization: Quantization, exact: bool = True) -> Network:
    """Return the network with all its quantizers: `round_constants`, then `insert_activations`.

    Raises:
        ZooError: a name with ``_quantized`` is taken already.
    """
    rounded_once = round_constants(network, placement, quantization.parameters)
    return insert_activations(rounded_once, quantization.activations, exact)


def insert_activations(network: Network, activations: Mapping[str, Encoding], exact: bool = True) -> Network:
    """Return the network with its activations rounded.

    Each quantized tensor ``op:0`` is followed by ``op_quantized:0``, which all its readers read. The outputs are
    called ``<op>_quantized`` whether they are rounded or not. Where rounding clips as the ReLU before it does, it
    reads what the ReLU reads.

    Args:
        network: with its constants rounded.
        activations: encodings by node.
        exact: see `zoo_tf1.quantsim.rounding.rounding`.

    Raises:
        ZooError: a name with ``_quantized`` is taken already.
    """
    index = Index(network.graph)
    added: List[NodeDef] = []
    for name, encoding in activations.items():
        grid = applied(encoding)
        source = _clipped(index.nodes[name], grid)
        source = source + SUFFIX if source in activations and source != name else source
        added.extend(rounding(source, name + SUFFIX, encoding.bits, grid, exact))
    for name in network.outputs:
        if name not in activations:
            added.append(make_node(name + SUFFIX, "Identity", [name], T=types_pb2.DT_FLOAT))
    _check_free(index, [node.name for node in added])
    graph = rebuilt(network.graph, network.graph.node)
    for node in graph.node:
        for position, text in enumerate(node.input):
            name, number = split(text)
            if number == 0 and name in activations:
                node.input[position] = name + SUFFIX
    graph.node.extend(added)
    return Network(graph, network.inputs, tuple(name + SUFFIX for name in network.outputs))


def round_constants(network: Network, placement: Placement, parameters: Mapping[str, Encoding]) -> Network:
    """Return the network with its weights (and biases) rounded, its activations untouched.

    Raises:
        ZooError: a name with ``_quantized`` is taken already.
    """
    index = Index(network.graph)
    replaced: Dict[str, Dict[int, str]] = {}
    added = []
    for name, encoding in parameters.items():
        parameter = placement.parameters[name]
        _check_free(index, [name + SUFFIX])
        value = index.constant(name)
        if value is None:
            raise ZooError("parameter '{}': not a constant".format(name))
        added.append(make_constant(name + SUFFIX, rounded(value, parameter.type, encoding)))
        for reader in parameter.readers:
            replaced.setdefault(reader.node, {})[reader.position] = name + SUFFIX
    unread = {name for name in parameters if len(index.readers_of(name)) == len(placement.parameters[name].readers)}
    graph = rebuilt(network.graph, [node for node in network.graph.node if node.name not in unread])
    for node in graph.node:
        for position, constant in replaced.get(node.name, {}).items():
            node.input[position] = constant
    graph.node.extend(added)
    return network._replace(graph=graph)


def _check_free(index: Index, names: Iterable[str]) -> None:
    for name in names:
        if name in index.nodes:
            raise ZooError("the graph has an operation '{}' already; is it quantized?".format(name))


def _clipped(node: NodeDef, grid: Grid) -> str:
    """Return what is to be rounded in a node's stead: before a ReLU if the grid begins at 0 and ends in its range."""
    if grid.offset == 0 and grid.minimum == 0 and grid.maximum <= CLIPPED_BY.get(node.op, 0):
        return str(node.input[0])
    return str(node.name)
