"""A frozen GraphDef as something to look things up in: nodes, who reads what, types, constants."""

from typing import Dict, Iterable, List, NamedTuple, Optional, Tuple

import numpy as np
from tensorflow.core.framework import graph_pb2, node_def_pb2, types_pb2
from tensorflow.python.framework import op_def_registry, tensor_util

from zoo_common.errors import ZooError
from zoo_tf1.tensorflow1 import tf  # noqa: F401  (registers the operations)

GraphDef, NodeDef = graph_pb2.GraphDef, node_def_pb2.NodeDef
CONTROL = -1


class Network(NamedTuple):
    """A frozen graph and its ends.

    Attributes:
        graph: all that the outputs need, variables replaced by constants; not to be changed.
        inputs: names of the placeholders, e.g. ``input``.
        outputs: names of operations whose first output counts, e.g. ``node184``.
    """

    graph: GraphDef
    inputs: Tuple[str, ...]
    outputs: Tuple[str, ...]


class Reader(NamedTuple):
    """Input number ``position`` of a node."""

    node: str
    position: int


def split(text: str) -> Tuple[str, int]:
    """Split an input such as ``conv``, ``split:1`` or ``^init`` into node and output number (`CONTROL`).

    Raises:
        ZooError: what is behind the colon is no number.
    """
    if text.startswith("^"):
        return text[1:], CONTROL
    name, _, number = text.partition(":")
    if not (number or "0").isdecimal():
        raise ZooError("input '{}': '{}' is no number of an output".format(text, number))
    return name, int(number or 0)


class Index:
    """Lookups in one state of a graph."""

    def __init__(self, graph: GraphDef) -> None:
        self.nodes: Dict[str, NodeDef] = {node.name: node for node in graph.node}
        self.readers: Dict[Tuple[str, int], List[Reader]] = {}
        for node in graph.node:
            for position, text in enumerate(node.input):
                self.readers.setdefault(split(text), []).append(Reader(node.name, position))

    def readers_of(self, name: str) -> List[Reader]:
        """Return who reads the first output of a node."""
        return self.readers.get((name, 0), [])

    def sole_reader(self, name: str) -> Optional[Reader]:
        """Return the one who reads the first output, if nobody reads it or another output besides."""
        others = any((name, number) in self.readers for number in range(1, 6))
        found = self.readers_of(name)
        return found[0] if len(found) == 1 and not others else None

    def data_inputs(self, node: NodeDef) -> List[str]:
        """Return the names of the nodes whose values are read, in order."""
        return [name for name, number in map(split, node.input) if number != CONTROL]

    def constant(self, name: str) -> Optional[np.ndarray]:
        """Return the value of a constant, seen through Identity nodes; None if it is no constant."""
        node = self.nodes[name]
        while node.op == "Identity":
            node = self.nodes[split(node.input[0])[0]]
        return tensor_util.MakeNdarray(node.attr["value"].tensor) if node.op == "Const" else None

    def sorted_from(self, ends: Iterable[str]) -> List[NodeDef]:
        """Return what the nodes named need, themselves included, each after what it reads.

        Raises:
            ZooError: a node is not there, or reads itself through others.
        """
        done: Dict[str, NodeDef] = {}
        begun = set()
        stack = [(name, False) for name in reversed(list(ends))]
        while stack:
            name, ready = stack.pop()
            if name in done:
                continue
            if ready:
                done[name] = self.nodes[name]
                continue
            if name not in self.nodes:
                raise ZooError("an operation '{}' is read, and is not in the graph".format(name))
            if name in begun:
                raise ZooError("operation '{}' reads its own output through others (a loop)".format(name))
            begun.add(name)
            stack.append((name, True))
            stack.extend((split(text)[0], False) for text in reversed(self.nodes[name].input))
        return list(done.values())


def output_type(node: NodeDef) -> int:
    """Return the TensorFlow type (``types_pb2``) of a node's first output; DT_INVALID if it has none.

    Raises:
        ZooError: the operation is not one of TensorFlow 1.15's.
    """
    definition = op_def_registry.get_registered_ops().get(node.op)
    if definition is None:
        raise ZooError("operation '{}': type {} is unknown to TensorFlow 1.15".format(node.name, node.op))
    if not definition.output_arg:
        return types_pb2.DT_INVALID
    output = definition.output_arg[0]
    if output.type_attr:
        if output.type_attr in node.attr:
            return node.attr[output.type_attr].type
        return next(item.default_value.type for item in definition.attr if item.name == output.type_attr)
    if output.type_list_attr:
        return next(iter(node.attr[output.type_list_attr].list.type), types_pb2.DT_INVALID)
    return output.type


def is_float(node: NodeDef) -> bool:
    """Tell whether a node's first output is float32."""
    return output_type(node) == types_pb2.DT_FLOAT


def make_constant(name: str, value: np.ndarray) -> NodeDef:
    """Return a Const node; float64 values become float32."""
    array = np.asarray(value)
    array = array.astype(np.float32) if array.dtype == np.float64 else array
    node = NodeDef(name=name, op="Const")
    proto = tensor_util.make_tensor_proto(array)
    node.attr["value"].tensor.CopyFrom(proto)
    node.attr["dtype"].type = proto.dtype
    return node


def make_node(name: str, op: str, inputs: Iterable[str], **types: int) -> NodeDef:
    """Return a node; keywords are its type attributes, e.g. ``T=types_pb2.DT_FLOAT``."""
    node = NodeDef(name=name, op=op, input=list(inputs))
    for key, value in types.items():
        node.attr[key].type = value
    return node


def rebuilt(graph: GraphDef, nodes: Iterable[NodeDef]) -> GraphDef:
    """Return a graph of these nodes (copied) with the versions and functions of another."""
    return GraphDef(node=nodes, versions=graph.versions, library=graph.library)
