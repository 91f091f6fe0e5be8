"""Cross-layer equalisation (Nagel et al. 2019, "Data-Free Quantization", arXiv:1906.04721).

Between two convolutions with nothing or a ReLU between them, a channel may be divided by s in the first and multiplied
by s in the second; s = sqrt(r1 / r2) makes the ranges r1, r2 of its weights equal. Passes over all pairs until they
settle. A ReLU6 between is no reason to replace it here: such pairs are left alone.
"""

from typing import Dict, List, NamedTuple, Optional, Tuple

import numpy as np

from zoo_tf1.quantsim.connected import ConnectedGraph, Op, connect
from zoo_tf1.quantsim.graph import Index, Network, make_constant, rebuilt
from zoo_tf1.quantsim.weights import channels_back, channels_first

TYPES = ("Conv2D", "DepthwiseConv2dNative")
PASSES = 40
SETTLED = 1e-3


class Pair(NamedTuple):
    """Two convolutions: names of their weights, and of the first's bias."""

    first: str
    first_type: str
    bias: Optional[str]
    second: str


def equalise(network: Network) -> Tuple[Network, int]:
    """Equalise all pairs of convolutions; fold batch norms before.

    Returns:
        The network, which computes the same but for rounding errors, and the number of pairs.
    """
    index = Index(network.graph)
    connected = connect(network, index)
    pairs = [pair for pair in (_pair(network, index, connected, op) for op in connected.ops.values()) if pair]
    names = {name for pair in pairs for name in (pair.first, pair.bias, pair.second) if name is not None}
    values = {name: np.asarray(index.constant(name), np.float64) for name in names}
    for _ in range(PASSES):
        moved = [_balance(values, pair) for pair in pairs]
        if max(moved, default=0.0) < SETTLED:
            break
    nodes = [make_constant(n.name, values[n.name]) if n.name in values else n for n in network.graph.node]
    graph = rebuilt(network.graph, nodes)
    needed = Index(graph).sorted_from([*network.inputs, *network.outputs])
    return network._replace(graph=rebuilt(graph, needed)), len(pairs)


def _pair(network: Network, index: Index, connected: ConnectedGraph, op: Op) -> Optional[Pair]:
    if op.type not in TYPES:
        return None
    chain: List[Op] = [op]
    while len(chain) == 1 or chain[-1].type == "Relu":
        readers = connected.readers[chain[-1].name]
        if len(readers) != 1 or chain[-1].name in network.outputs:
            return None
        chain.append(connected.ops[readers[0]])
    last = chain[-1]
    if last.type not in TYPES or last.sources != (chain[-2].name,):
        return None
    first, second = (index.data_inputs(index.nodes[item.main])[1] for item in (op, last))
    bias = index.data_inputs(index.nodes[op.name])[1] if op.name != op.main else None
    for name in (first, second, bias):
        if name is not None and (index.constant(name) is None or len(index.readers_of(name)) != 1):
            return None
    return Pair(first, op.type, bias, second)


def _balance(values: Dict[str, np.ndarray], pair: Pair) -> float:
    """Scale one pair in place; return how far, as the largest absolute logarithm."""
    rows = channels_first(values[pair.first], pair.first_type)
    one = np.abs(rows).reshape(len(rows), -1).max(axis=1)
    two = np.abs(values[pair.second]).max(axis=(0, 1, 3))
    alive = (one > 0) & (two > 0)
    factor = np.sqrt(np.where(alive, one, 1) / np.where(alive, two, 1))
    scaled = rows / factor.reshape(-1, 1, 1, *[1] * (rows.ndim - 3))
    values[pair.first] = channels_back(scaled, pair.first_type, values[pair.first].shape)
    if pair.bias is not None:
        values[pair.bias] = values[pair.bias] / factor
    values[pair.second] = values[pair.second] * factor[:, None]
    return float(np.abs(np.log(factor)).max(initial=0.0))
