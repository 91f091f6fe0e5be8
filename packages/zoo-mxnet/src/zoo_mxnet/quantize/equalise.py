"""Equal channel ranges: per-channel activation scales folded into the weights on both sides.

One int8 scale serves a whole tensor, so channels that stay small get few levels, most of all in
depthwise networks. Scaling channel c by s_c > 0 in the layer that makes it and by 1/s_c in the layers
that read it changes nothing in float: ReLU, sums, poolings and convolutions all let a positive factor
through (Nagel et al., "Data-Free Quantization Through Weight Equalization", arXiv:1906.04721). Here the
ranges are those observed on the calibration samples, and how much of the unevenness moves into the
reader's weights is a power, as in Xiao et al., "SmoothQuant", arXiv:2211.10438; a depthwise reader has
a weight scale per channel of its own and takes all of it.

ReLU6 does not let a factor through, but a channel observed up to m < 6 may be scaled by up to 6/m:
the clip then acts at m or above, on nothing that was observed.
"""

from typing import Dict, List, Sequence, Set

import numpy as np

from zoo_mxnet.networks.graph import Graph, Node
from zoo_mxnet.quantize.fold import Draft
from zoo_mxnet.quantize.observe import observe
from zoo_mxnet.quantize.subpixel import is_relu
from zoo_mxnet.quantize.unsigned import fused_operand

LINEAR = ("Convolution", "Deconvolution")
LIMIT = 32.0
"""Largest ratio of a channel's factor to the smallest in its tensor: dead channels stay where they are."""


def equalise_channels(draft: Draft, batches: Sequence[np.ndarray], strength: float = 0.5) -> int:
    """Even out the channel ranges of every tensor between convolutions.

    Args:
        draft: network with batch norms folded, changed in place.
        batches: calibration batches.
        strength: power of the activation range in the factors, 0 to 1; the rest follows the readers' weights.

    Returns:
        The number of groups of tensors (joined by sums and activations) that were scaled.
    """
    groups = _groups(draft.graph)
    measured = {name: _quantized_members(draft.graph, members) for name, members in groups.items()}
    seen = observe(draft, [(node, 0) for nodes in measured.values() for node in nodes], batches)
    for name, members in groups.items():
        ranges = []
        for node in measured[name]:
            low, high = seen[(node, 0)].low, seen[(node, 0)].high
            ranges.append(np.where(low < 0, high - low, high))
        _scale(draft, members, np.max(ranges, axis=0).astype(np.float64), strength)
    return len(groups)


def _groups(graph: Graph) -> Dict[str, Set[str]]:
    """Return the sets of nodes whose outputs must share their factors, without those that cannot have any."""
    parent = {name: name for name in graph.nodes}

    def root(name: str) -> str:
        while parent[name] != name:
            name = parent[name]
        return name

    frozen = [name for name, _ in graph.heads] + ["data"]
    for node in graph.sorted_nodes():
        sources = [name for name, _ in node.inputs]
        if node.op in ("elemwise_add", "Pooling") or is_relu(node):
            for name in sources:
                parent[root(name)] = root(node.name)
        elif node.op in LINEAR:
            if not (_is_dense(node) or _is_depthwise(node)):
                frozen += [node.name, sources[0]]
        elif node.op != "null":
            frozen += [node.name] + sources
    fixed = {root(name) for name in frozen}
    groups: Dict[str, Set[str]] = {}
    for node in graph.sorted_nodes():
        if node.op != "null" and root(node.name) not in fixed:
            groups.setdefault(root(node.name), set()).add(node.name)
    return {name: members for name, members in groups.items() if any(graph.nodes[m].op in LINEAR for m in members)}


def _is_dense(node: Node) -> bool:
    return node.op == "Convolution" and node.attrs.get("num_group", "1") == "1"


def _is_depthwise(node: Node) -> bool:
    """One filter per channel: the same axis of the weight is input and output."""
    return node.attrs.get("num_group", "1") == node.attrs["num_filter"] != "1"


def _quantized_members(graph: Graph, members: Set[str]) -> List[str]:
    """Return the nodes of a group whose values will exist as bytes (not those fused into what follows)."""
    users = graph.consumers()
    kept = []
    for name in sorted(members):
        reader = graph.only_consumer(graph.nodes[name], users)
        fused = reader is not None and (
            is_relu(reader) or (reader.op == "elemwise_add" and fused_operand(graph, reader, users) == name)
        )
        if not fused:
            kept.append(name)
    return kept


def _scale(draft: Draft, members: Set[str], ranges: np.ndarray, strength: float) -> None:
    graph = draft.graph
    readers = [node for node in graph.of_type(*LINEAR) if node.inputs[0][0] in members]
    dense = [node for node in readers if _is_dense(node)]
    top = ranges.max()
    if not readers or top <= 0:
        return
    floored = np.maximum(ranges, top / LIMIT)
    if dense:
        columns = np.max([_column_strength(draft.args[node.inputs[1][0]]) for node in dense], axis=0)
        columns = np.maximum(columns / columns.max(), 1 / LIMIT)
        factors = columns ** (1 - strength) / floored**strength
    else:
        factors = 1 / floored
    factors *= top / (factors * floored).max()
    bounds = [float(graph.nodes[name].attrs["a_max"]) for name in members if graph.nodes[name].op == "clip"]
    if bounds:
        factors = np.clip(factors, 1.0, np.maximum(min(bounds) / floored, 1.0))
    for name in members:
        if graph.nodes[name].op in LINEAR:
            _multiply_outputs(draft, graph.nodes[name], factors)
    for node in readers:
        weight = draft.args[node.inputs[1][0]].astype(np.float64)
        shape = (1, -1, 1, 1) if _is_dense(node) else (-1, 1, 1, 1)
        draft.args[node.inputs[1][0]] = (weight / factors.reshape(shape)).astype(np.float32)


def _column_strength(weight: np.ndarray) -> np.ndarray:
    """Return ``[I]``: each input channel's largest weight, relative to the output channel it is in."""
    largest = np.abs(weight).max(axis=(2, 3)).astype(np.float64)
    return (largest / np.maximum(largest.max(axis=1, keepdims=True), 1e-30)).max(axis=0)


def _multiply_outputs(draft: Draft, node: Node, factors: np.ndarray) -> None:
    weight, bias = node.inputs[1][0], draft.give_bias(node)
    draft.args[weight] = (draft.args[weight].astype(np.float64) * factors.reshape(-1, 1, 1, 1)).astype(np.float32)
    draft.args[bias] = (draft.args[bias].astype(np.float64) * factors).astype(np.float32)
