"""A folded network as an ONNX model: float operations, and the pieces the integer model shares with it."""

from typing import Dict, List

import numpy as np
import onnx
from onnx import helper, numpy_helper

from zoo_common.errors import ZooError
from zoo_common.files import PathLike, atomic_open
from zoo_torch.quantize.graph import FoldedGraph, Node

OPSET = 17
IR_VERSION = 8


class Writer:
    """Collects the nodes and constants of one ONNX graph.

    Attributes:
        nodes: ONNX nodes, in order.
        constants: initializers, in order.
    """

    def __init__(self) -> None:
        self.nodes: List[onnx.NodeProto] = []
        self.constants: List[onnx.TensorProto] = []
        self._values: Dict[str, str] = {}

    def constant(self, name: str, value: np.ndarray) -> str:
        """Store an array (once for each name) and return its name."""
        if name not in self._values:
            self._values[name] = name
            self.constants.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def node(self, kind: str, inputs: List[str], output: str, **attributes: object) -> str:
        """Append a node named after its output; return the output."""
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def operation(self, node: Node, inputs: List[str], output: str) -> str:
        """Append the float operation of a folded network's node; a convolution's inputs hold weight and bias."""
        if node.op == "conv":
            return self.node("Conv", inputs, output, **_convolution(node))
        if node.op == "relu":
            return self.node("Relu", inputs, output)
        if node.op == "add":
            return self.node("Add", inputs, output)
        if node.op == "upsample":
            return self.resize(inputs[0], node.options["factor"], output)
        raise ZooError("{}: no ONNX operation is known for '{}'".format(node.name, node.op))

    def resize(self, value: str, factor: int, output: str) -> str:
        """Append nearest upsampling as a Resize."""
        scales = self.constant("resize_{}".format(factor), np.array([1, 1, factor, factor], np.float32))
        how = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        return self.node("Resize", [value, "", scales], output, **how)

    def model(self, graph: FoldedGraph, output: str) -> onnx.ModelProto:
        """Return the checked model from ``input`` to ``heatmaps``, which the value ``output`` becomes; any batch."""
        sizes = shapes(graph)[graph.nodes[-1].name]
        self.node("Identity", [output], "heatmaps")
        network = helper.make_graph(
            _read_nodes(self.nodes, "heatmaps"),
            "heatmaps",
            [helper.make_tensor_value_info("input", onnx.TensorProto.FLOAT, ["batch", *graph.input_shape])],
            [helper.make_tensor_value_info("heatmaps", onnx.TensorProto.FLOAT, ["batch", *sizes])],
            self.constants,
        )
        model = helper.make_model(
            network,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="zoo-torch",
        )
        onnx.checker.check_model(model)
        return model


def float_model(graph: FoldedGraph) -> onnx.ModelProto:
    """Return a folded network as a float32 ONNX model: ``input`` [batch, C, H, W] to ``heatmaps`` [batch, K, h, w].

    Raises:
        ZooError: an operation has no ONNX counterpart here.
    """
    writer = Writer()
    values: Dict[str, str] = {}
    for node in graph.nodes:
        inputs = [values[name] for name in node.inputs]
        if node.op == "input":
            values[node.name] = "input"
        elif node.op == "output":
            return writer.model(graph, inputs[0])
        else:
            if node.op == "conv":
                inputs.append(writer.constant(node.module + ".weight", graph.weights[node.module]))
                inputs.append(writer.constant(node.module + ".bias", graph.biases[node.module]))
            values[node.name] = writer.operation(node, inputs, node.name + ".value")
    raise ZooError("the network has no output")


def shapes(graph: FoldedGraph) -> Dict[str, List[int]]:
    """Return channels, height and width of every node's value."""
    found: Dict[str, List[int]] = {}
    for node in graph.nodes:
        shape = list(found[node.inputs[0]]) if node.inputs else list(graph.input_shape)
        if node.op == "conv":
            channels, _, *kernel = graph.weights[node.module].shape
            stride, padding, dilation = (node.options[name] for name in ("stride", "padding", "dilation"))
            reach = [side + 2 * padding - dilation * (k - 1) for side, k in zip(shape[1:], kernel)]
            shape = [channels, *((side - 1) // stride + 1 for side in reach)]
        elif node.op == "upsample":
            shape = [shape[0], *(side * node.options["factor"] for side in shape[1:])]
        found[node.name] = shape
    return found


def write_model(model: onnx.ModelProto, path: PathLike) -> None:
    """Write an ONNX file, whole or not at all; equal models give equal bytes.

    Raises:
        ZooError: the file cannot be written.
    """
    with atomic_open(path, "wb") as stream:
        stream.write(model.SerializeToString(deterministic=True))


def _read_nodes(nodes: List[onnx.NodeProto], output: str) -> List[onnx.NodeProto]:
    """Return the nodes that ``output`` depends on."""
    read = {output}
    found = []
    for node in reversed(nodes):
        if read.intersection(node.output):
            read.update(node.input)
            found.append(node)
    return found[::-1]


def _convolution(node: Node) -> Dict[str, object]:
    options = node.options
    return {
        "strides": [options["stride"]] * 2,
        "pads": [options["padding"]] * 4,
        "dilations": [options["dilation"]] * 2,
        "group": options["groups"],
    }
