"""A folded network and its quantization as an ONNX model that ONNX Runtime and OpenVINO run in integers.

Every rounded tensor becomes a pair QuantizeLinear, DequantizeLinear (QDQ) with the encoding's scale and zero point:
activations uint8, weights int8 (one scale a channel; narrower weights keep their own grid inside the int8), biases
int32 on the grid of the sums (input scale times weight scale). The runtimes replace the float operation between two
such pairs by an integer one. Format: ONNX operators QuantizeLinear and DequantizeLinear, version 13.
"""

from typing import Dict, List, Mapping, Optional

import numpy as np
import onnx

from zoo_common.errors import ZooError
from zoo_torch.execute.onnx_model import Writer
from zoo_torch.quantize.encoding import Encoding
from zoo_torch.quantize.graph import FoldedGraph, Node, Quantization

INT32 = 2**31 - 1


def qdq_model(
    graph: FoldedGraph, quantization: Quantization, sums: Optional[Mapping[str, Encoding]] = None
) -> onnx.ModelProto:
    """Return the network as a QDQ model: ``input`` [batch, C, H, W] to ``heatmaps`` [batch, K, h, w], both float32.

    Args:
        graph: the folded network, its weights float.
        quantization: the grids of activations and weights, at most 8 bits.
        sums: grids of additions the quantization leaves unrounded, by node name. Without one such a sum is float.

    Raises:
        ZooError: a grid has more than 8 bits or is absent, or an operation has no ONNX counterpart here.
    """
    writer = _QuantizedWriter(graph, quantization)
    grids = {name: quantization.outputs[quantizer] for name, quantizer in quantization.activations.items()}
    grids.update(sums or {})
    for node in graph.nodes:
        if node.op == "output":
            return writer.model(graph, writer.values[node.inputs[0]])
        value = "input" if node.op == "input" else writer.float_operation(node)
        if node.name in grids:
            writer.round(node.name, value, grids[node.name], quantization.activations.get(node.name, node.name))
        else:
            writer.values[node.name] = value
    raise ZooError("the network has no output")


class _QuantizedWriter(Writer):
    """A writer that knows which value carries which grid."""

    def __init__(self, graph: FoldedGraph, quantization: Quantization) -> None:
        super().__init__()
        self.values: Dict[str, str] = {}
        self._graph = graph
        self._quantization = quantization
        self._scales: Dict[str, np.float32] = {}

    def float_operation(self, node: Node) -> str:
        inputs = [self.values[name] for name in node.inputs]
        if node.op == "conv":
            inputs += self._parameters(node)
        return self.operation(node, inputs, node.name + ".value")

    def round(self, name: str, value: str, grid: Encoding, quantizer: str) -> None:
        """Round a value to a grid; calls of one quantizer share its constants."""
        if grid.bits != 8:
            raise ZooError("{}: integer execution needs 8-bit activations, its grid has {}".format(name, grid.bits))
        scale = np.float32(grid.scale)
        constants = [
            self.constant(quantizer + ".output_scale", scale),
            self.constant(quantizer + ".output_zero_point", np.uint8(round(-float(grid.offset)))),
        ]
        rounded = self.node("QuantizeLinear", [value, *constants], name + ".quantized")
        self.values[name] = self.node("DequantizeLinear", [rounded, *constants], name + ".dequantized")
        self._scales[name] = scale

    def _parameters(self, node: Node) -> List[str]:
        module = node.module
        if module not in self._quantization.parameters:
            raise ZooError("{}: its weights have no encoding".format(module))
        weight = quantize_weight(self._graph.weights[module], self._quantization.parameters[module], module)
        name, bias_name, channels = module + ".weight", module + ".bias", len(weight)
        scale = self._quantization.parameters[module].scale.astype(np.float32)
        constants = [
            self.constant(name, weight),
            self.constant(name + "_scale", scale),
            self.constant(name + "_zero_point", np.zeros(channels, np.int8)),
        ]
        weights = self._dequantize(constants, name + ".dequantized")
        bias = self._graph.biases[module]
        if node.inputs[0] not in self._scales:
            return [weights, self.constant(bias_name, bias)]
        grid = self._scales[node.inputs[0]] * scale
        integers = np.rint(bias.astype(np.float64) / grid)
        if np.abs(integers).max() > INT32:  # a bias far above all its sums: this convolution stays float
            return [weights, self.constant(bias_name, bias)]
        constants = [
            self.constant(bias_name, integers.astype(np.int32)),
            self.constant(bias_name + "_scale", grid),
            self.constant(bias_name + "_zero_point", np.zeros(channels, np.int32)),
        ]
        return [weights, self._dequantize(constants, bias_name + ".dequantized")]

    def _dequantize(self, constants: List[str], output: str) -> str:
        return self.node("DequantizeLinear", constants, output, axis=0)


def quantize_weight(weight: np.ndarray, grid: Encoding, module: str) -> np.ndarray:
    """Return a weight [out, ...] as int8 on its grid (one scale for each output channel).

    Raises:
        ZooError: the grid is not symmetric, has more than 8 bits or another number of channels.
    """
    if not grid.symmetric or grid.bits > 8:
        raise ZooError(
            "{}: integer execution needs symmetric weights of at most 8 bits, these have {}{}".format(
                module, grid.bits, "" if grid.symmetric else ", asymmetric"
            )
        )
    if grid.scale.shape != (len(weight),):
        raise ZooError("{}: {} channels, encodings for {}".format(module, len(weight), grid.scale.size))
    lowest, highest = grid.signed_range
    scale = grid.scale.reshape([-1] + [1] * (weight.ndim - 1))
    return np.clip(np.rint(weight / scale), lowest, highest).astype(np.int8)
