"""The quick simulator: float arithmetic on values that lie on the grids, at no more than the cost of the float network.

Weights are rounded once. Activations are rounded in place, in the arithmetic of torch's
``fake_quantize_per_tensor_affine`` bit for bit. Rounding to a grid that starts at zero does the ReLU before it;
rounding after nearest upsampling is done before it, on a fraction of the values. Memory is in channels-last order, and
large batches run a few samples at a time so that the passes over an activation find it in the cache.
"""

from typing import Callable, Dict, List, NamedTuple, Optional, Tuple

import numpy as np
import torch
from torch.nn import functional

from zoo_common.quantization.encoding import Encoding
from zoo_common.quantization.grid import applied
from zoo_torch.quantize.graph import FoldedGraph, Node, Quantization
from zoo_torch.quantize.placement import readers_of
from zoo_torch.quantize.walk import (
    Parameters,
    check_batches,
    check_device,
    fake_quantize,
    last_readers,
    tensors,
    walk,
)

SAMPLES_AT_ONCE = 8
"""On a CPU; more fall out of the cache between two passes."""

Step = Callable[..., torch.Tensor]


class Simulator:
    """A network with its activations and weights rounded. Called with float32 [N, C, H, W], returns the output.

    Args:
        graph: the network.
        quantization: what to round; None runs the folded network in float.
        device: ``cpu`` or ``cuda``.
        samples_at_once: split larger batches; None chooses.

    Raises:
        ZooError: unknown device, or no CUDA.
    """

    def __init__(
        self,
        graph: FoldedGraph,
        quantization: Optional[Quantization] = None,
        device: str = "cpu",
        samples_at_once: Optional[int] = None,
    ) -> None:
        self.graph = graph
        self.device = check_device(device)
        self.samples_at_once = samples_at_once or (SAMPLES_AT_ONCE if device == "cpu" else 1 << 30)
        encodings = quantization.parameters if quantization else None
        parameters = tensors(graph, encodings, device, memory_format=torch.channels_last)
        self._plan = _Planner(graph, quantization, parameters).plan()

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        """Run one batch of any size.

        Raises:
            ZooError: the shape is not the network's, or a value is not finite.
        """
        (array,) = check_batches([batch], self.graph)
        with torch.inference_mode():
            source = torch.from_numpy(np.ascontiguousarray(array))
            parts = [self._run(part) for part in source.split(self.samples_at_once)]
            whole = parts[0] if len(parts) == 1 else torch.cat(parts)
            return whole.contiguous().cpu().numpy()

    def _run(self, batch: torch.Tensor) -> torch.Tensor:
        values: Dict[str, torch.Tensor] = {}
        value = batch.to(self.device).clone(memory_format=torch.channels_last)
        for name, run, inputs, releases in self._plan:
            value = run(*[values[item] for item in inputs]) if inputs else run(value)
            values[name] = value
            for item in releases:
                del values[item]
        return value


def simulate_plainly(graph: FoldedGraph, quantization: Quantization, batch: np.ndarray) -> np.ndarray:
    """Compute what `Simulator` computes without any of its short cuts, with torch's fake-quantize operator."""

    def visit(node: Node, value: torch.Tensor) -> torch.Tensor:
        name = quantization.activations.get(node.name)
        return value if name is None else fake_quantize(value, quantization.outputs[name])

    (array,) = check_batches([batch], graph)
    layout = torch.channels_last  # another order of memory sums in another order, and a few values round otherwise
    source = torch.from_numpy(array).contiguous(memory_format=layout)
    return walk(graph, source, tensors(graph, quantization.parameters, memory_format=layout), visit).numpy()


class Rounding(NamedTuple):
    """A per-tensor grid as four in-place passes.

    Attributes:
        inverse, scale: single precision, held in double as torch's operators take them.
        low, high: ends of q + offset.
    """

    inverse: float
    scale: float
    low: float
    high: float

    @classmethod
    def of(cls, encoding: Encoding) -> "Rounding":
        """Prepare the grid of an encoding."""
        grid = applied(encoding)
        scale = np.float32(grid.scale)
        low = float(grid.offset)
        return cls(float(np.float32(1) / scale), float(scale), low, low + float(grid.steps))

    def __call__(self, value: torch.Tensor) -> torch.Tensor:
        """Round ``value`` in place."""
        return value.mul_(self.inverse).round_().clamp_(self.low, self.high).mul_(self.scale)


class _Planner:
    """Turns nodes into steps, knowing who else reads what a step may overwrite."""

    def __init__(self, graph: FoldedGraph, quantization: Optional[Quantization], parameters: Parameters) -> None:
        self.graph, self.parameters = graph, parameters
        self.readers = readers_of(graph)
        self.releases = last_readers(graph)
        self.position = {node.name: number for number, node in enumerate(graph.nodes)}
        self.roundings: Dict[str, Rounding] = {}
        if quantization is not None:
            made = {name: Rounding.of(encoding) for name, encoding in quantization.outputs.items()}
            self.roundings = {node: made[name] for node, name in quantization.activations.items()}

    def plan(self) -> List[Tuple[str, Step, Tuple[str, ...], Tuple[str, ...]]]:
        steps = []
        for node in self.graph.nodes:
            releases = tuple(self.releases.get(node.name, ()))
            steps.append((node.name, self._step(node), node.inputs, releases))
        return steps

    def _dead_after(self, name: str, node: Node) -> bool:
        return all(self.position[reader.name] <= self.position[node.name] for reader in self.readers[name])

    def _step(self, node: Node) -> Step:
        rounding = self.roundings.get(node.name)
        if node.op == "conv":
            return _conv(node, self.parameters, rounding)
        if node.op == "relu":
            return _relu(self._dead_after(node.inputs[0], node), rounding)
        if node.op == "add":
            return _add([self._dead_after(name, node) for name in node.inputs], rounding)
        if node.op == "upsample":
            return _upsample(node.options["factor"], self._dead_after(node.inputs[0], node), rounding)
        return _after(lambda value: value, rounding)


def _after(run: Step, rounding: Optional[Rounding]) -> Step:
    if rounding is None:
        return run
    return lambda *values: rounding(run(*values))


def _conv(node: Node, parameters: Parameters, rounding: Optional[Rounding]) -> Step:
    weight, bias = parameters[str(node.module)]
    stride, padding, dilation, groups = (node.options[key] for key in ("stride", "padding", "dilation", "groups"))
    return _after(lambda value: functional.conv2d(value, weight, bias, stride, padding, dilation, groups), rounding)


def _relu(in_place: bool, rounding: Optional[Rounding]) -> Step:
    if rounding is not None and rounding.low >= 0:
        return rounding if in_place else _after(torch.clone, rounding)
    return _after(torch.relu_ if in_place else torch.relu, rounding)


def _add(dead: List[bool], rounding: Optional[Rounding]) -> Step:
    if dead[0]:
        return _after(lambda left, right: left.add_(right), rounding)
    if dead[1]:
        return _after(lambda left, right: right.add_(left), rounding)
    return _after(torch.add, rounding)


def _upsample(factor: int, in_place: bool, rounding: Optional[Rounding]) -> Step:
    def run(value: torch.Tensor) -> torch.Tensor:
        if rounding is not None:
            value = rounding(value if in_place else value.clone())
        return functional.interpolate(value, scale_factor=factor, mode="nearest")

    return run
