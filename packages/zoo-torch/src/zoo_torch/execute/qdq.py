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

from zoo_common.errors import ZooError, did_you_mean
from zoo_common.quantization.grid import applied
from zoo_torch.execute.integers import Integers, parameter_integers, weight_integers
from zoo_torch.execute.onnx_model import Writer, shapes
from zoo_torch.execute.sums import Term, find_sums
from zoo_torch.quantize.graph import FoldedGraph, Node, Quantization

BYTE = 255


UPSAMPLING = ("expand", "resize")


def qdq_model(graph: FoldedGraph, quantization: Quantization, upsampling: str = "expand") -> onnx.ModelProto:
    """Return the network as a QDQ model: ``input`` [batch, C, H, W] to ``heatmaps`` [batch, K, h, w], both float32.

    Args:
        graph: the folded network, its weights float.
        quantization: the grids of activations (8 bits) and weights (at most 8 bits).
        upsampling: ``expand`` repeats bytes channels-last, the layout of ONNX Runtime's integer convolutions, and is
            up to ten times faster there; ``resize`` is the plain operator, which OpenVINO runs faster. Same values.

    Raises:
        ZooError: a grid is absent or does not fit, or an operation has no ONNX counterpart here.
    """
    if upsampling not in UPSAMPLING:
        raise ZooError("upsampling: unknown '{}'{}".format(upsampling, did_you_mean(upsampling, UPSAMPLING)))
    writer = _QuantizedWriter(graph, quantization, upsampling)
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

    def __init__(self, graph: FoldedGraph, quantization: Quantization, upsampling: str) -> None:
        super().__init__()
        self.values: Dict[str, str] = {}
        self._graph = graph
        self._quantization = quantization
        self._upsampling = upsampling
        self._shapes = shapes(graph)
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
            factor = node.options["factor"]
            self.values[node.name] = self._repeat(self.values[node.name], factor, self._shapes[node.name], node.name)

    def total(self, name: str, terms: List[Term]) -> str:
        """Write a sum; terms that need upsampling are added up at the lowest resolutions first."""
        return self._total([(self.values[term.name], term.factor) for term in terms], self._shapes[name], name)

    def _total(self, terms: List[Tuple[str, int]], shape: List[int], name: str) -> str:
        addends = [value for value, factor in terms if factor == 1]
        coarse = [term for term in terms if term[1] > 1]
        while coarse:
            common = functools.reduce(math.gcd, (factor for _, factor in coarse))
            together, coarse = (coarse, []) if common > 1 else (coarse[:1], coarse[1:])
            factor = common if common > 1 else together[0][1]
            label = "{}.term{}".format(name, len(addends))
            small = [shape[0], shape[1] // factor, shape[2] // factor]
            inner = self._total([(value, own // factor) for value, own in together], small, label)
            addends.append(self._repeat(inner, factor, shape, label))
        value = addends[0]
        for index, addend in enumerate(addends[1:], 1):
            last = index == len(addends) - 1
            value = self.node("Add", [value, addend], name + (".value" if last else ".partial{}".format(index)))
        return value

    def _repeat(self, value: str, factor: int, shape: List[int], name: str) -> str:
        """Write nearest upsampling to ``shape`` (channels, height, width): of the value's integers, if it has any."""
        constants = self._integers[value][1:] if value in self._integers else []
        if self._upsampling == "expand":
            data = self._expand(self._integers[value][0] if constants else value, factor, shape, name)
        else:
            data = self.resize(value, factor, name + ".resized")
            if constants:
                data = self.node("QuantizeLinear", [data, *constants], name + ".upsampled")
        return self._dequantize([data, *constants]) if constants else data

    def _expand(self, data: str, factor: int, shape: List[int], name: str) -> str:
        channels, height, width = shape
        axes = self.constant("expand.axes", np.array([2, 4]))
        repeats = self.constant("expand.x{}".format(factor), np.array([1, 1, factor, 1, factor, 1]))
        sizes = self.constant("expand.{}x{}x{}".format(height, width, channels), np.array([0, height, width, channels]))
        data = self.node("Transpose", [data], name + ".channels_last", perm=[0, 2, 3, 1])
        data = self.node("Unsqueeze", [data, axes], name + ".unsqueezed")
        data = self.node("Expand", [data, repeats], name + ".expanded")
        data = self.node("Reshape", [data, sizes], name + ".reshaped")
        return self.node("Transpose", [data], name + ".upsampled", perm=[0, 3, 1, 2])

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
        encoding = self._quantization.parameters[module]
        source = self._grid(node.inputs[0])
        if source is None:  # its input is float, so is the convolution
            value = self._constant_integers(weight_name, weight_integers(weight, encoding, module))
            return [value, self.constant(bias_name, bias)]
        weights, biases = parameter_integers(weight, bias, encoding, source[0], module)
        return [self._constant_integers(weight_name, weights), self._constant_integers(bias_name, biases)]

    def _constant_integers(self, name: str, integers: Integers) -> str:
        values = integers.values
        constants = [
            self.constant(name, values),
            self.constant(name + "_scale", integers.scale),
            self.constant(name + "_zero_point", np.zeros(len(values), values.dtype)),
        ]
        return self.node("DequantizeLinear", constants, name + ".float", axis=0)
