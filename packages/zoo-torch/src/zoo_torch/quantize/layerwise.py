"""One walk through a network that settles its convolutions one after another, each on what really reaches it.

A convolution's mean squared output error for a change D of its weight is ``D H D'`` per output channel, with H the
mean of ``x x'`` over the patches x it reads. H is all that a technique choosing weights for that error needs to know
of the samples: neither runs the convolution again.
"""

from typing import Callable, Dict, Iterable, List, Mapping, NamedTuple, Optional

import numpy as np
import torch
from torch.nn import functional
from tqdm import tqdm

from zoo_common.errors import ZooError
from zoo_torch.quantize.graph import FoldedGraph, Node
from zoo_torch.quantize.walk import check_batches, compute, last_readers, tensors

MOST_PATCHES = 16384
"""A convolution's statistics come from about this many patches, drawn evenly."""


class Patches(NamedTuple):
    """What reaches a convolution.

    Attributes:
        gram: float32 [in * kh * kw] squared, the mean of ``x x'``.
        mean: float32 [in * kh * kw].
    """

    gram: torch.Tensor
    mean: torch.Tensor


Settle = Callable[[str, np.ndarray, Patches], np.ndarray]
"""Called with a convolution's path, its weight and what reaches it; returns the rounded weight, same shape."""


def settle_layers(
    graph: FoldedGraph, batches: Iterable[np.ndarray], settle: Settle, skip: Iterable[str] = (), progress: bool = False
) -> Dict[str, np.ndarray]:
    """Settle every dense convolution in turn; later ones see the outputs of those settled before.

    All batches' activations between two parts of the network are held at once: a few dozen samples are enough.

    Args:
        graph: the network.
        batches: float32 ``[N, C, H, W]``.
        settle: chooses the rounded weight.
        skip: convolutions that keep their weight.
        progress: show a bar.

    Returns:
        Module path to the weight chosen.
    """
    kept = set(skip)
    values: Dict[str, List[torch.Tensor]] = {
        "input": [torch.from_numpy(item) for item in check_batches(batches, graph)]
    }
    parameters, releases = tensors(graph), last_readers(graph)
    chosen: Dict[str, np.ndarray] = {}
    with torch.inference_mode():
        for node in tqdm(graph.nodes, "settling layers", disable=not progress, unit="node"):
            if node.op == "input":
                continue
            path = str(node.module)
            if node.op == "conv" and path not in kept and node.options["groups"] == 1:
                seen = patches_of(node, graph.weights[path].shape, values[node.inputs[0]])
                chosen[path] = settle(path, graph.weights[path], seen)
                parameters[path] = (torch.from_numpy(chosen[path]), parameters[path][1])
            readied = zip(*(values[name] for name in node.inputs))
            values[node.name] = [compute(node, list(inputs), parameters) for inputs in readied]
            for name in releases.get(node.name, ()):
                values.pop(name, None)
    return chosen


def patches_of(node: Node, shape: Iterable[int], batches: List[torch.Tensor]) -> Patches:
    """Gather the statistics of what a convolution reads."""
    _, _, height, width = shape
    options = {key: node.options[key] for key in ("stride", "padding", "dilation")}
    total, gram, mean = 0, 0.0, 0.0
    for batch in batches:
        for sample in batch:
            columns = functional.unfold(sample[None], (height, width), **options)[0]
            per_sample = max(1, MOST_PATCHES // sum(len(item) for item in batches))
            step = max(1, columns.shape[1] // per_sample)
            columns = columns[:, (total // 7) % step :: step]  # not the same places in every sample
            gram, mean = gram + columns @ columns.T, mean + columns.sum(dim=1)
            total += columns.shape[1]
    if not total:
        raise ZooError("{}: reads nothing".format(node.name))
    return Patches(gram / total, mean / total)


def output_error(change: np.ndarray, gram: torch.Tensor) -> np.ndarray:
    """Return [out]: the mean squared change of each output channel for a change of the weight."""
    flat = torch.from_numpy(np.ascontiguousarray(change.reshape(len(change), -1)))
    return ((flat @ gram) * flat).sum(dim=1).numpy()


def without(graph: FoldedGraph, frozen: Optional[Mapping[str, object]]) -> List[str]:
    """Return the paths that a technique leaves alone because their encodings are given."""
    return [path for path in graph.weights if frozen and path in frozen]
