"""Executed integers: a QDQ model in ONNX Runtime, on the grids of the simulation.

Activations are uint8, with scale and zero point of their encodings, weights int8 or uint8, biases int32. A convolution
computes in integers where its input, its weights and its output have encodings; whatever has none stays float, and so
do the convolutions that touch it, with their weights rounded. Values differ from the simulation's where a sum lies at
a half between two steps, for ONNX rounds halves to even and integer sums have no rounding errors of float32; biases
have a grid of 32 bits; and see `zoo_tf1.execute.parameters.centred_integers`.
"""

from typing import Dict, List, Optional

import numpy as np
import onnx
from onnx import helper, numpy_helper

from zoo_common.evaluation.machine import adds_bytes_exactly
from zoo_tf1.execute.convert import to_onnx
from zoo_tf1.execute.grids import byte_grids
from zoo_tf1.execute.marks import marked, write_marks
from zoo_tf1.execute.parameters import Integers, bias_integers, centred_integers, weight_integers
from zoo_tf1.execute.runtime import OrtRunner
from zoo_tf1.quantsim.graph import Index, Network
from zoo_tf1.quantsim.insert import SUFFIX, Quantization, round_constants
from zoo_tf1.quantsim.placement import WEIGHT, Placement


def executed_integers(
    network: Network, placement: Placement, quantization: Quantization, threads: Optional[int] = None
) -> OrtRunner:
    """Open a quantized network in ONNX Runtime.

    Args:
        network: frozen, batch norms folded.
        placement, quantization: of the simulation.
        threads: None: all usable cores.

    Returns:
        What runs a batch: input array [N, H, W, C] (or input name to array) to output operation's name to array.

    Raises:
        ZooError: as `integer_model`, or a package is absent.
    """
    model = integer_model(network, placement, quantization)
    return OrtRunner(model, {name + SUFFIX + ":0": name for name in network.outputs}, threads)


def integer_model(
    network: Network, placement: Placement, quantization: Quantization, centred: Optional[bool] = None
) -> onnx.ModelProto:
    """Return a quantized network as a QDQ model; its outputs are called ``<op>_quantized:0``.

    Args:
        network, placement, quantization: as for `executed_integers`.
        centred: weights as `zoo_tf1.execute.parameters.centred_integers`, half as much work, but with 16-bit sums that
            overflow on CPUs without VNNI; else as `weight_integers`, exact everywhere. None: as this CPU allows.

    Raises:
        ZooError: an encoding has more than 8 bits (activations: not 8), or an operation cannot be converted.
    """
    grids = byte_grids(network, quantization.activations)
    rounded = round_constants(network, placement, quantization.parameters)
    model = to_onnx(marked(rounded, grids))
    write_marks(model, grids)
    weights = _weights_of(network, placement, quantization)
    _Insertion(model, adds_bytes_exactly() is not False if centred is None else centred).run(weights, quantization)
    onnx.checker.check_model(model)
    return model


def _weights_of(network: Network, placement: Placement, quantization: Quantization) -> Dict[str, str]:
    """Return what convolutions are called in the model, with the name of their weights."""
    index = Index(network.graph)
    found = {}
    for name in quantization.parameters:
        parameter = placement.parameters[name]
        for reader in parameter.readers if parameter.kind == WEIGHT else ():
            after = index.sole_reader(reader.node)
            found[reader.node] = name
            if after is not None and index.nodes[after.node].op == "BiasAdd":
                found[after.node] = name
    return found


class _Insertion:
    """Replaces float constants of convolutions by integers, in place."""

    def __init__(self, model: onnx.ModelProto, centred: bool) -> None:
        self._graph = model.graph
        self._weights = centred_integers if centred else weight_integers
        self._constants = {item.name: item for item in self._graph.initializer}
        self._makers = {name: node for node in self._graph.node for name in node.output}
        self._readers: Dict[str, List[onnx.NodeProto]] = {}
        for node in self._graph.node:
            for name in node.input:
                self._readers.setdefault(name, []).append(node)

    def run(self, weights: Dict[str, str], quantization: Quantization) -> None:
        """Do it for the convolutions named, where ONNX Runtime has an integer kernel."""
        nodes = []
        for node in self._graph.node:
            if node.op_type == "Conv" and node.name in weights and self._between_bytes(node):
                nodes += self._integers(node, weights[node.name], quantization)
            nodes.append(node)
        del self._graph.node[:]
        self._graph.node.extend(nodes)
        read = {name for node in nodes for name in node.input}
        kept = [item for item in self._constants.values() if item.name in read]
        del self._graph.initializer[:]
        self._graph.initializer.extend(kept)

    def _between_bytes(self, node: onnx.NodeProto) -> bool:
        before = self._makers.get(node.input[0])
        after = self._readers.get(node.output[0], [])
        constant = all(name in self._constants for name in node.input[1:])
        rounded = len(after) == 1 and after[0].op_type == "QuantizeLinear"
        return constant and rounded and before is not None and before.op_type == "DequantizeLinear"

    def _integers(self, node: onnx.NodeProto, name: str, quantization: Quantization) -> List[onnx.NodeProto]:
        values = [numpy_helper.to_array(self._constants[text]) for text in node.input[1:]]
        scale = numpy_helper.to_array(self._constants[self._makers[node.input[0]].input[1]])
        weight = self._weights(values[0], quantization.parameters[name], name)
        made = [self._dequantized(node.name + "/weights", weight)]
        if len(values) > 1:
            bias = bias_integers(values[1], scale, weight, node.name)
            made.append(self._dequantized(node.name + "/biases", bias))
        for position, item in enumerate(made, 1):
            node.input[position] = item.output[0]
        return made

    def _dequantized(self, name: str, integers: Integers) -> onnx.NodeProto:
        names = [name, name + "/scale", name + "/zero_point"]
        for text, value in zip(names, integers):
            self._constants[text] = numpy_helper.from_array(np.asarray(value), text)
        return helper.make_node("DequantizeLinear", names, [name + "/float"], name=name + "/float", axis=0)
