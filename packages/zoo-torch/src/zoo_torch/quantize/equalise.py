"""Cross-layer equalisation (Nagel et al., "Data-Free Quantization", arXiv:1906.04721, section 4.1).

``W2 relu(W1 x + b1) = (W2 / s) relu(s W1 x + s b1)`` for positive s: a pair of convolutions with one ReLU between
them, which nothing else reads, may trade scale channel by channel until both have the same range there. In HRNet
these are the pairs within residual blocks and the strided chains of the exchange. It evens out what a per-tensor
activation range has to cover; with a grid per output channel the weights gain nothing from it.
"""

from typing import List, NamedTuple

import numpy as np

from zoo_torch.quantize.graph import FoldedGraph
from zoo_torch.quantize.placement import readers_of

ROUNDS = 20
CONVERGED = 1e-4


class Pair(NamedTuple):
    """Paths of two convolutions with nothing but a ReLU between them."""

    first: str
    second: str


def pairs(graph: FoldedGraph) -> List[Pair]:
    """Return the pairs that can be equalised, in order of the first."""
    readers = readers_of(graph)
    found = []
    for node in graph.nodes:
        if node.op != "conv" or len(readers[node.name]) != 1 or readers[node.name][0].op != "relu":
            continue
        behind = readers[readers[node.name][0].name]
        if len(behind) == 1 and behind[0].op == "conv" and behind[0].options["groups"] == 1:
            found.append(Pair(str(node.module), str(behind[0].module)))
    return found


def equalise(graph: FoldedGraph) -> FoldedGraph:
    """Return the same function with ranges evened out between the convolutions of every pair."""
    weights = {path: weight.astype(np.float64) for path, weight in graph.weights.items()}
    biases = {path: bias.astype(np.float64) for path, bias in graph.biases.items()}
    found = pairs(graph)
    for _ in range(ROUNDS):
        furthest = 0.0
        for first, second in found:
            scale = _scale(weights[first], weights[second])
            weights[first] = weights[first] * scale.reshape(-1, 1, 1, 1)
            biases[first] = biases[first] * scale
            weights[second] = weights[second] / scale.reshape(1, -1, 1, 1)
            furthest = max(furthest, float(np.abs(scale - 1).max()))
        if furthest < CONVERGED:
            break
    return graph._replace(
        weights={path: weight.astype(np.float32) for path, weight in weights.items()},
        biases={path: bias.astype(np.float32) for path, bias in biases.items()},
    )


def _scale(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return [channels]: what to multiply the first's outputs by; 1 where either has no range."""
    before, after = np.abs(first).max(axis=(1, 2, 3)), np.abs(second).max(axis=(0, 2, 3))
    alive = (before > 0) & (after > 0)
    return np.sqrt(np.where(alive, after, 1.0) / np.where(alive, before, 1.0))
