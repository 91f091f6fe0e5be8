"""A folded network and its quantization as an ONNX model that ONNX Runtime and OpenVINO run in integers.

Every rounded tensor becomes a pair QuantizeLinear, DequantizeLinear (QDQ) with the encoding's scale and zero point:
activations uint8, weights int8 (one scale a channel; narrower weights keep their own grid inside the int8), biases
int32 on the grid of the sums (input scale times weight scale). The runtimes replace the float operation between two
such pairs by an integer one; a ReLU vanishes into a grid that begins at zero. Sums of three and four terms stay float
inside, as in the simulation, which does not round them either. Format: ONNX operator set 17.
"""

import functools
import math
from typing import Dict, List, Optional, Tuple

import numpy as np
import onnx

from zoo_common.errors import ZooError
from zoo_torch.execute.integers import bias_integers, weight_integers
from zoo_torch.execute.onnx_model import Writer
from zoo_torch.execute.sums import Term, find_sums
from zoo_torch.quantize.graph import FoldedGraph, Node, Quantization
from zoo_torch.quantize.grid import applied

BYTE = 255


def qdq_model(graph: FoldedGraph, quantization: Quantization) -> onnx.ModelProto:
    """Return the network as a QDQ model: ``input`` [batch, C, H, W] to ``heatmaps`` [batch, K, h, w], both float32.

    Args:
        graph: the folded network, its weights float.
        quantization: the grids of activations (8 bits) and weights (at most 8 bits).

    Raises:
        ZooError: a grid is absent or does not fit, or an operation has no ONNX counterpart here.
    """
    writer = _QuantizedWriter(graph, quantization)
    sums = find_sums(graph, quantization.activations)
    for node in graph.nodes:
        absorbed = node.name in sums.absorbed
        if node.op == "output":
            return writer.model(graph, writer.values[node.inputs[0]])
        if node.op == "input":
            writer.round(node.name, "input")
        elif node.op == "upsample":
            writer.upsample(node, later=absorbed)
        elif node.op == "add":
            if not absorbed:
                writer.round(node.name, writer.total(node.name, sums.terms[node.name]))
        else:
            writer.round(node.name, writer.float_operation(node))
    raise ZooError("the network has no output")


class _QuantizedWriter(Writer):
    """A writer that knows which value carries which grid.

    Attributes:
        values: node name to the float value that stands for it, dequantized where it is rounded. An upsampling that
            a sum does later stands for its input.
    """

    def __init__(self, graph: FoldedGraph, quantization: Quantization) -> None:
        super().__init__()
        self.values: Dict[str, str] = {}
        self._graph = graph
        self._quantization = quantization
        self._integers: Dict[str, List[str]] = {}  # dequantized value -> its integers, their scale and zero point

    def float_operation(self, node: Node) -> str:
        """Write a convolution or a ReLU."""
        inputs = [self.values[name] for name in node.inputs]
        if node.op == "conv":
            inputs += self._parameters(node)
        return self.operation(node, inputs, node.name + ".value")

    def round(self, name: str, value: str) -> None:
        """Round a node's value to its grid, if it has one; calls of one quantizer share its constants."""
        grid = self._grid(name)
        self.values[name] = value
        if grid is None:
            return
        quantizer = self._quantization.activations[name]
        constants = [
            self.constant(quantizer + ".output_scale", np.float32(grid[0])),
            self.constant(quantizer + ".output_zero_point", np.uint8(grid[1])),
        ]
        integers = self.node("QuantizeLinear", [value, *constants], name + ".quantized")
        self.values[name] = self._dequantize([integers, *constants])

    def upsample(self, node: Node, later: bool) -> None:
        """Write an upsampling, or only its rounding when a sum upsamples later: rounding and repeating commute."""
        source = node.inputs[0]
        if self._grid(source) == self._grid(node.name):
            self.values[node.name] = self.values[source]
        else:
            self.round(node.name, self.values[source])
        if not later:
            self.values[node.name] = self._repeat(self.values[node.name], node.options["factor"], node.name)

    def total(self, name: str, terms: List[Term]) -> str:
        """Write a sum; terms that need upsampling are added up at the lowest resolutions first."""
        return self._total([(self.values[term.name], term.factor) for term in terms], name)

    def _total(self, terms: List[Tuple[str, int]], name: str) -> str:
        addends = [value for value, factor in terms if factor == 1]
        coarse = [term for term in terms if term[1] > 1]
        while coarse:
            common = functools.reduce(math.gcd, (factor for _, factor in coarse))
            together, coarse = (coarse, []) if common > 1 else (coarse[:1], coarse[1:])
            factor = common if common > 1 else together[0][1]
            label = "{}.x{}".format(name, factor)
            inner = self._total([(value, own // factor) for value, own in together], label)
            addends.append(self._repeat(inner, factor, label))
        value = addends[0]
        for index, addend in enumerate(addends[1:], 1):
            last = index == len(addends) - 1
            value = self.node("Add", [value, addend], name + (".value" if last else ".partial{}".format(index)))
        return value

    def _repeat(self, value: str, factor: int, name: str) -> str:
        """Write nearest upsampling, of the value's integers if it has any."""
        output = self.resize(value, factor, name + ".resized")
        if value not in self._integers:
            return output
        constants = self._integers[value][1:]
        integers = self.node("QuantizeLinear", [output, *constants], name + ".upsampled")
        return self._dequantize([integers, *constants])

    def _dequantize(self, integers: List[str]) -> str:
        value = self.node("DequantizeLinear", integers, integers[0] + ".float")
        self._integers[value] = integers
        return value

    def _grid(self, name: str) -> Optional[Tuple[float, int]]:
        """Return scale and zero point of a node's value, or None where it is not rounded."""
        quantizer = self._quantization.activations.get(name)
        if quantizer is None:
            return None
        if quantizer not in self._quantization.outputs:
            raise ZooError("{}: it has no encoding".format(quantizer))
        grid = applied(self._quantization.outputs[quantizer])
        if grid.scale.ndim or grid.steps > BYTE or self._quantization.outputs[quantizer].bits != 8:
            bits = self._quantization.outputs[quantizer].bits
            raise ZooError("{}: integers need 8-bit activations, its encoding has {} bits".format(quantizer, bits))
        return float(grid.scale), -int(grid.offset)

    def _parameters(self, node: Node) -> List[str]:
        """Write weight and bias; return the names of their float values."""
        module = str(node.module)
        weight_name, bias_name = module + ".weight", module + ".bias"
        weight, bias = self._graph.weights[module], self._graph.biases[module]
        if module not in self._quantization.parameters:
            return [self.constant(weight_name, weight), self.constant(bias_name, bias)]
        integers = weight_integers(weight, self._quantization.parameters[module], module)
        weight_value = self._constant_integers(weight_name, integers.values, integers.scale)
        source = self._grid(node.inputs[0])
        if source is None:  # its input is float, so is the convolution
            return [weight_value, self.constant(bias_name, bias)]
        scale = np.float32(source[0]) * integers.scale
        rounded = bias_integers(bias, scale)
        if rounded is None:  # a bias far above all its sums: float as well
            return [weight_value, self.constant(bias_name, bias)]
        return [weight_value, self._constant_integers(bias_name, rounded, scale)]

    def _constant_integers(self, name: str, values: np.ndarray, scale: np.ndarray) -> str:
        constants = [
            self.constant(name, values),
            self.constant(name + "_scale", scale),
            self.constant(name + "_zero_point", np.zeros(len(values), values.dtype)),
        ]
        return self.node("DequantizeLinear", constants, name + ".float", axis=0)
