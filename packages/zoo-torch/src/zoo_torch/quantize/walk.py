"""Running a folded graph node by node, with somebody looking at every tensor: plain, and slower than the simulator."""

from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Tuple

import numpy as np
import torch
from torch.nn import functional

from zoo_common.errors import ZooError
from zoo_common.quantization.encoding import Encoding
from zoo_common.quantization.grid import applied, round_to_grid
from zoo_torch.quantize.graph import FoldedGraph, Node

Visitor = Callable[[Node, torch.Tensor], torch.Tensor]
Parameters = Dict[str, Tuple[torch.Tensor, torch.Tensor]]


def check_batches(batches: Iterable[np.ndarray], graph: FoldedGraph) -> Iterable[np.ndarray]:
    """Yield the batches as float32 ``[N, C, H, W]``.

    Raises:
        ZooError: there are none, or one has another shape or a value that is not finite.
    """
    empty = True
    for number, batch in enumerate(batches):
        array = np.asarray(batch, np.float32)
        if array.ndim != 4 or array.shape[1:] != tuple(graph.input_shape) or not len(array):
            needed = ", ".join(map(str, graph.input_shape))
            raise ZooError("batch {}: shape {} where [N, {}] is needed".format(number, list(array.shape), needed))
        if not np.isfinite(array).all():
            raise ZooError("batch {}: holds values that are not finite".format(number))
        empty = False
        yield array
    if empty:
        raise ZooError("no samples given")


def check_device(name: str) -> torch.device:
    """Return the device of that name.

    Raises:
        ZooError: neither ``cpu`` nor ``cuda``, or CUDA is asked for and there is none.
    """
    if name not in ("cpu", "cuda"):
        raise ZooError("device: '{}' is neither 'cpu' nor 'cuda'".format(name))
    if name == "cuda" and not torch.cuda.is_available():
        raise ZooError("device: 'cuda' is not available here; use 'cpu'")
    return torch.device(name)


def rounded_weights(graph: FoldedGraph, parameters: Mapping[str, Encoding]) -> Dict[str, np.ndarray]:
    """Return every weight, rounded to its grid where it has one."""
    return {
        path: round_to_grid(weight, parameters[path]) if path in parameters else weight
        for path, weight in graph.weights.items()
    }


def tensors(
    graph: FoldedGraph, parameters: Optional[Mapping[str, Encoding]] = None, device: str = "cpu", **layout: Any
) -> Parameters:
    """Return weight and bias of each convolution as tensors, weights rounded where they have an encoding."""
    place = check_device(device)
    weights = rounded_weights(graph, parameters or {})
    return {
        path: (
            torch.from_numpy(np.array(weight)).to(place, **layout),
            torch.from_numpy(np.array(graph.biases[path])).to(place),
        )
        for path, weight in weights.items()
    }


def fake_quantize(value: torch.Tensor, encoding: Encoding) -> torch.Tensor:
    """Round a tensor to a per-tensor grid with torch's own operator.

    It rounds half to even and multiplies by 1 / scale, AIMET rounds half away and divides: they part by one step, and
    only where a value lies in the middle between two grid points to within single precision.
    """
    grid = applied(encoding)
    return torch.fake_quantize_per_tensor_affine(value, float(grid.scale), -int(grid.offset), 0, int(grid.steps))


def compute(node: Node, inputs: List[torch.Tensor], parameters: Parameters) -> torch.Tensor:
    """Return the output of one node that is not ``input``."""
    if node.op == "conv":
        weight, bias = parameters[str(node.module)]
        options = node.options
        return functional.conv2d(
            inputs[0], weight, bias, options["stride"], options["padding"], options["dilation"], options["groups"]
        )
    if node.op == "relu":
        return functional.relu(inputs[0])
    if node.op == "add":
        return inputs[0] + inputs[1]
    if node.op == "upsample":
        return functional.interpolate(inputs[0], scale_factor=node.options["factor"], mode="nearest")
    return inputs[0]


def walk(
    graph: FoldedGraph,
    batch: torch.Tensor,
    parameters: Parameters,
    visit: Optional[Visitor] = None,
    known: Optional[Mapping[str, torch.Tensor]] = None,
) -> torch.Tensor:
    """Run a batch; values are let go when their last reader has run.

    Args:
        graph: the network.
        batch: float32 ``[N, C, H, W]``.
        parameters: from `tensors`.
        visit: called with each node and its output; what it returns is what the readers read.
        known: outputs that are taken from here instead of being computed and visited.
    """
    known = known or {}
    values: Dict[str, torch.Tensor] = {}
    releases = last_readers(graph)
    output = batch
    with torch.inference_mode():
        for node in graph.nodes:
            if node.name in known:
                output = known[node.name]
            else:
                inputs = [known[name] if name in known else values[name] for name in node.inputs]
                output = batch if node.op == "input" else compute(node, inputs, parameters)
                output = output if visit is None else visit(node, output)
            values[node.name] = output
            for name in releases.get(node.name, ()):
                values.pop(name, None)
    return output


def last_readers(graph: FoldedGraph) -> Dict[str, List[str]]:
    """Return, for every node, the nodes whose outputs nobody reads after it."""
    last: Dict[str, str] = {}
    for node in graph.nodes:
        for name in node.inputs:
            last[name] = node.name
    releases: Dict[str, List[str]] = {}
    for name, reader in last.items():
        releases.setdefault(reader, []).append(name)
    return releases
