"""Batch norms: averaged when they are in training mode, and folded into the convolutions before them."""

from typing import Dict, Iterable, List, Optional, Sequence, Tuple

import numpy as np
from tensorflow.core.framework import types_pb2

from zoo_common.errors import ZooError
from zoo_tf1.quantsim.graph import Index, Network, NodeDef, make_constant, make_node, rebuilt
from zoo_tf1.quantsim.load import BATCH_NORMS
from zoo_tf1.quantsim.runner import Batch, Runner

FOLDABLE = ("Conv2D", "DepthwiseConv2dNative")
EPSILON = 1e-4
"""TensorFlow's default of the attribute."""


def _is_training(node: NodeDef) -> bool:
    return node.op in BATCH_NORMS and (node.attr["is_training"].b if "is_training" in node.attr else True)


def average_batch_norms(network: Network, batches: Iterable[Batch], threads: Optional[int] = None) -> Network:
    """Give batch norms in training mode the mean of the batches' means and (biased) variances, and inference mode.

    The network computes something else afterwards: no batch's own statistics any more.

    Raises:
        ZooError: there are no batches, or one does not fit the network.
    """
    names = [node.name for node in network.graph.node if _is_training(node)]
    if not names:
        return network
    index = Index(network.graph)
    graph = rebuilt(network.graph, network.graph.node)
    fetches: List[str] = []
    for name in names:
        shape = name + "/quantsim_shape"
        source = index.nodes[name].input[0]
        graph.node.extend([make_node(shape, "Shape", [source], T=types_pb2.DT_FLOAT, out_type=types_pb2.DT_INT32)])
        fetches += [name + ":1", name + ":2", shape + ":0"]
    sums: Dict[str, Tuple[np.ndarray, np.ndarray]] = {}
    seen = 0
    with Runner(network, graph, threads) as runner:
        for batch in batches:
            seen += 1
            values = iter(runner.fetch(batch, fetches))
            for name, mean, variance, shape in zip(names, values, values, values):
                count = np.prod(shape, dtype=np.float64) / len(mean)
                before = sums.get(name, (0.0, 0.0))
                biased = variance.astype(np.float64) * (max(count - 1, 1) / count)
                sums[name] = (before[0] + mean.astype(np.float64), before[1] + biased)
    if not seen:
        raise ZooError("averaging batch norms: there are no batches")
    averages = {name: [total / seen for total in pair] for name, pair in sums.items()}
    return network._replace(graph=rebuilt(network.graph, _in_inference_mode(network, averages)))


def _in_inference_mode(network: Network, averages: Dict[str, List[np.ndarray]]) -> List[NodeDef]:
    nodes = []
    for old in network.graph.node:
        node = NodeDef()
        node.CopyFrom(old)
        if old.name in averages:
            node.attr["is_training"].b = False
            for position, part in ((3, "mean"), (4, "variance")):
                constant = make_constant("{}/averaged_{}".format(old.name, part), averages[old.name][position - 3])
                node.input[position] = constant.name
                nodes.append(constant)
        nodes.append(node)
    return nodes


def fold_batch_norms(network: Network) -> Tuple[Network, List[str]]:
    """Fold batch norms into the convolutions they alone read: W' = W g / sqrt(v + e), b' = (b - m) g / sqrt(v + e) + B.

    A BiasAdd takes the batch norm's place and name. The constants keep their names unless others read them too.

    Returns:
        The network, and the names of batch norms that remain.

    Raises:
        ZooError: a batch norm is in training mode.
    """
    index = Index(network.graph)
    nodes: Dict[str, Optional[NodeDef]] = dict(index.nodes)
    remaining = []
    for node in [item for item in network.graph.node if item.op in BATCH_NORMS]:
        if _is_training(node):
            raise ZooError("batch norm '{}' is in training mode; average its statistics first".format(node.name))
        changed = _fold(index, network.outputs, node)
        nodes.update(changed)
        if not changed:
            remaining.append(node.name)
    kept = rebuilt(network.graph, [node for node in nodes.values() if node is not None])
    needed = Index(kept).sorted_from([*network.inputs, *network.outputs])
    return network._replace(graph=rebuilt(kept, needed)), remaining


def _fold(index: Index, outputs: Sequence[str], norm: NodeDef) -> Dict[str, Optional[NodeDef]]:
    """Return the nodes that change, None for one that goes; empty if the batch norm cannot be folded."""
    source, *parameters = index.data_inputs(norm)
    constants = [index.constant(name) for name in parameters]
    conv, add = index.nodes[source], None
    if conv.op == "BiasAdd":
        add, conv = conv, index.nodes[index.data_inputs(conv)[0]]
    between = [conv] if add is None else [conv, add]
    if conv.op not in FOLDABLE or any(item is None for item in constants):
        return {}
    if any(not index.sole_reader(node.name) or node.name in outputs for node in between):
        return {}
    if any(index.readers.get((norm.name, number)) for number in range(1, 6)):
        return {}
    weight_name = index.data_inputs(conv)[1]
    weight = index.constant(weight_name)
    bias = np.zeros(()) if add is None else index.constant(index.data_inputs(add)[1])
    if weight is None or bias is None:
        return {}
    gamma, beta, mean, variance = (item.astype(np.float64) for item in constants if item is not None)
    factor = gamma / np.sqrt(variance + (norm.attr["epsilon"].f if "epsilon" in norm.attr else EPSILON))
    folded = weight * factor.reshape((-1,) if conv.op == "Conv2D" else weight.shape[2:])
    if len(index.readers_of(weight_name)) > 1:
        weight_name = conv.name + "/folded_weights"
    new_conv, new_add = NodeDef(), make_node(norm.name, "BiasAdd", [conv.name], T=types_pb2.DT_FLOAT)
    new_conv.CopyFrom(conv)
    new_conv.input[1] = weight_name
    if "data_format" in norm.attr:
        new_add.attr["data_format"].CopyFrom(norm.attr["data_format"])
    bias_name = norm.name + "/folded_bias"
    new_add.input.append(bias_name)
    changed: Dict[str, Optional[NodeDef]] = {conv.name: new_conv, norm.name: new_add}
    if add is not None:
        changed[add.name] = None
    changed[weight_name] = make_constant(weight_name, folded)
    changed[bias_name] = make_constant(bias_name, (bias - mean) * factor + beta)
    return changed
