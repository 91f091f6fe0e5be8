"""Making signed activations unsigned, so that they use all 255 levels and no residual is clipped.

oneDNN's int8 convolution has no zero point: a signed tensor gets 127 levels either side, and MXNet
1.9.1 writes `relu(conv + signed residual)` into signed bytes with the scale of unsigned ones, so that
everything above half the calibrated maximum is clipped. A zero point can be had all the same. Add to
every channel c of the signed tensor the amount m_c that makes it non-negative over the calibration
samples (in the bias of the convolution that makes it), put a ReLU behind it (idle on what was
calibrated; it makes MXNet store unsigned bytes), and take m_c away again where it is read:

- a 1x1 convolution without padding: bias minus W m;
- a sum: minus m in the bias of the other operand, which is a convolution of its own.

In float32 the network stays the same function as long as the values stay above the calibrated minimum.
"""

from typing import Dict, List, Optional, Sequence

import numpy as np

from zoo_mxnet.networks.graph import Graph, Node
from zoo_mxnet.quantize.fold import Draft
from zoo_mxnet.quantize.observe import observe

MARGIN = 0.05
"""Room below the calibrated minimum, as a share of the channel's range."""


def make_unsigned(draft: Draft, batches: Sequence[np.ndarray], scope: str = "residual") -> List[str]:
    """Shift signed values that only sums and 1x1 convolutions read.

    Args:
        draft: network with batch norms folded, rewritten in place.
        batches: calibration batches.
        scope: ``residual`` shifts what only sums read; ``all`` also the inputs of 1x1 convolutions (linear
            bottlenecks). The latter gains a bit with VNNI; without, the large sums of shifted values saturate.

    Returns:
        The names of the nodes whose outputs were shifted.
    """
    plan = _plan(draft.graph, scope)
    seen = observe(draft, [(name, 0) for name in plan], batches)
    shifts: Dict[str, np.ndarray] = {}
    for name in plan:
        low, high = seen[(name, 0)].low, seen[(name, 0)].high
        shifts[name] = np.maximum(-(low - MARGIN * (high - low)), 0).astype(np.float64)
    for name in plan:  # producers first: a sum takes over what its residual was shifted by
        _apply(draft, name, shifts)
    _settle_sums(draft, shifts)
    _compensate_readers(draft, plan, shifts)
    for name in plan:
        relu = draft.graph.add("Activation", name + "_unsigned", [(name, 0)], act_type="relu")
        draft.graph.redirect((name, 0), relu, keep=(relu[0],))
    return plan


def _plan(graph: Graph, scope: str) -> List[str]:
    """Return the shiftable nodes in topological order."""
    users = graph.consumers()
    outputs = {name for name, _ in graph.heads}
    chosen: List[str] = []
    for node in graph.sorted_nodes():
        signed = node.op in ("Convolution", "elemwise_add") and node.name not in outputs
        if not signed or not users[node.name] or not all(_can_compensate(reader) for reader in users[node.name]):
            continue
        if node.op == "elemwise_add" and fused_operand(graph, node, users) is None:
            continue
        if scope == "residual" and any(reader.op != "elemwise_add" for reader in users[node.name]):
            continue
        sums = [reader for reader in users[node.name] if reader.op == "elemwise_add"]
        # the operand that is fused into the sum never exists by itself; and a sum must be able to pay back
        if any(fused_operand(graph, total, users) in (None, node.name) for total in sums):
            continue
        chosen.append(node.name)
    return chosen


def _can_compensate(reader: Node) -> bool:
    if reader.op == "elemwise_add":
        return True
    return (
        reader.op == "Convolution"
        and reader.tuple_attr("kernel") == (1, 1)
        and reader.tuple_attr("pad", "(0, 0)") in ((0, 0), ())
        and reader.attrs.get("num_group", "1") == "1"
    )


def fused_operand(graph: Graph, total: Node, users: Dict[str, List[Node]]) -> Optional[str]:
    """Return the operand of a sum that is a convolution read by nothing else (the first such), or None."""
    for name, _ in total.inputs:
        node = graph.nodes[name]
        if node.op == "Convolution" and graph.only_consumer(node, users) is total:
            return name
    return None


def _add_to_bias(draft: Draft, conv: Node, amount: np.ndarray) -> None:
    name = draft.give_bias(conv)
    draft.args[name] = (draft.args[name].astype(np.float64) + amount).astype(np.float32)


def _apply(draft: Draft, name: str, shifts: Dict[str, np.ndarray]) -> None:
    node = draft.graph.nodes[name]
    if node.op == "elemwise_add":
        node = draft.graph.nodes[fused_operand(draft.graph, node, draft.graph.consumers())]
    _add_to_bias(draft, node, shifts[name])


def _settle_sums(draft: Draft, shifts: Dict[str, np.ndarray]) -> None:
    """Take what a residual was shifted by out of the convolution it is added to."""
    users = draft.graph.consumers()
    for total in draft.graph.of_type("elemwise_add"):
        for name, _ in total.inputs:
            if name in shifts:
                conv = draft.graph.nodes[fused_operand(draft.graph, total, users)]
                _add_to_bias(draft, conv, -shifts[name])


def _compensate_readers(draft: Draft, plan: List[str], shifts: Dict[str, np.ndarray]) -> None:
    users = draft.graph.consumers()
    for name in plan:
        for reader in users[name]:
            if reader.op == "Convolution":
                weight = draft.args[reader.inputs[1][0]].astype(np.float64)[:, :, 0, 0]
                _add_to_bias(draft, reader, -weight @ shifts[name])
