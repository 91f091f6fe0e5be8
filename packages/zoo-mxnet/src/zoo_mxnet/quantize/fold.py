"""Exact batch-norm folding: y = gamma (Wx + b - mean) / sqrt(var + eps) + beta is again W'x + b'.

Folding is done in float64 and rounded once, so that the folded network differs from the original by
float32 rounding only.
"""

from dataclasses import dataclass
from typing import Callable, Dict, Tuple

import numpy as np

from zoo_mxnet.networks.float_net import FloatNet
from zoo_mxnet.networks.graph import Entry, Graph, Node


@dataclass
class Draft:
    """A network being rewritten: the editable graph and its parameters."""

    graph: Graph
    args: Dict[str, np.ndarray]
    auxs: Dict[str, np.ndarray]
    input_shape: Tuple[int, int, int]

    @classmethod
    def of(cls, net: FloatNet) -> "Draft":
        """Copy a network's structure; the arrays are shared until replaced."""
        return cls(Graph.from_symbol(net.symbol), dict(net.args), dict(net.auxs), net.input_shape)

    def finish(self, net: FloatNet, suffix: str = "") -> FloatNet:
        """Return the rewritten network, with the parameters it still needs."""
        symbol = self.graph.to_symbol()
        return FloatNet(
            name=net.name + suffix,
            symbol=symbol,
            args={name: self.args[name] for name in symbol.list_arguments() if name != "data"},
            auxs={name: self.auxs[name] for name in symbol.list_auxiliary_states()},
            input_shape=net.input_shape,
            origin=net.origin,
        )

    def shape_of(self, entry: Entry) -> Tuple[int, ...]:
        """Return the shape of a value for a batch of one."""
        symbol = Graph(self.graph.nodes, [entry]).to_symbol()
        _, shapes, _ = symbol.infer_shape_partial(data=(1,) + self.input_shape)
        return tuple(shapes[0])

    def give_bias(self, node: Node) -> str:
        """Make sure a (de)convolution has a bias and return the parameter's name."""
        if len(node.inputs) > 2:
            return node.inputs[2][0]
        name = node.inputs[1][0].replace("_weight", "") + "_bias"
        while name in self.graph.nodes:
            name = "x_" + name
        node.inputs.append(self.graph.variable(name))
        node.attrs["no_bias"] = "False"
        self.args[name] = np.zeros(int(node.attrs["num_filter"]), np.float32)
        return name


def fold_batch_norms(draft: Draft, into: Callable[[Node], bool] = lambda node: True) -> int:
    """Fold every batch norm that alone reads a convolution or transposed convolution.

    Args:
        draft: network, changed in place.
        into: whether a given (transposed) convolution may take one up.

    Returns:
        How many were folded. Others (on shared or non-convolution inputs) stay.
    """
    graph = draft.graph
    users = graph.consumers()
    folded = 0
    for norm in list(graph.of_type("BatchNorm")):
        source = graph.nodes[norm.inputs[0][0]]
        if source.op not in ("Convolution", "Deconvolution") or not into(source) or norm.attrs.get("axis", "1") != "1":
            continue
        shared_weight = len(users[source.inputs[1][0]]) != 1
        if graph.only_consumer(source, users) is not norm or shared_weight:
            continue
        gamma, beta = (draft.args[norm.inputs[i][0]].astype(np.float64) for i in (1, 2))
        mean, variance = (draft.auxs[norm.inputs[i][0]].astype(np.float64) for i in (3, 4))
        if norm.flag("fix_gamma", default=True):
            gamma = np.ones_like(gamma)
        alpha = gamma / np.sqrt(variance + float(norm.attrs.get("eps", "1e-3")))
        bias_name = draft.give_bias(source)
        weight_name = source.inputs[1][0]
        bias = draft.args[bias_name].astype(np.float64)
        draft.args[weight_name] = _scale_outputs(source, draft.args[weight_name], alpha)
        draft.args[bias_name] = (beta + alpha * (bias - mean)).astype(np.float32)
        graph.redirect((norm.name, 0), (source.name, 0))
        users = graph.consumers()
        folded += 1
    return folded


def _scale_outputs(node: Node, weight: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Multiply each output channel's weights by its factor."""
    wide = weight.astype(np.float64)
    if node.op == "Convolution":  # [O, I/g, kh, kw]
        return (wide * alpha.reshape(-1, 1, 1, 1)).astype(np.float32)
    groups = int(node.attrs.get("num_group", "1"))  # transposed: [I, O/g, kh, kw]
    inputs, per_group = wide.shape[:2]
    factors = np.repeat(alpha.reshape(groups, 1, per_group), inputs // groups, axis=1).reshape(inputs, per_group)
    return (wide * factors[:, :, None, None]).astype(np.float32)
