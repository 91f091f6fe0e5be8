"""From an nn.Module to the folded graph: torch.fx writes down the calls, batch norms go into their convolutions."""

import operator
from collections import Counter
from typing import Any, Dict, List, Sequence, Tuple

import numpy as np
import torch
from torch import fx, nn
from torch.nn import functional

from zoo_common.errors import ZooError
from zoo_torch.quantize.graph import FoldedGraph, Node

ADDITIONS = (operator.add, operator.iadd, torch.add, "add", "add_")
RECTIFIERS = (functional.relu, torch.relu, "relu", "relu_")


def fold(model: nn.Module, input_shape: Sequence[int]) -> FoldedGraph:
    """Write a network down as a `FoldedGraph`, as it is in inference.

    ``W' = W g / sqrt(v + eps)`` and ``b' = (b - m) g / sqrt(v + eps) + beta`` are computed in float64.

    Args:
        model: convolutions, batch norms behind convolutions (or identities where they were), ReLUs, additions and
            nearest upsampling by whole factors, with one input and one output. It is not changed.
        input_shape: channels, height, width.

    Raises:
        ZooError: the network has an operation that is none of these; the message names it.
    """
    traced = fx.symbolic_trace(model)
    traced.graph.eliminate_dead_code()
    return _Folder(traced, tuple(int(side) for side in input_shape)).run()


class _Folder:
    """One walk over a traced module."""

    def __init__(self, traced: fx.GraphModule, input_shape: Tuple[int, ...]) -> None:
        self.modules = dict(traced.named_modules())
        self.calls = list(traced.graph.nodes)
        self.input_shape = input_shape
        self.alias: Dict[fx.Node, str] = {}
        self.nodes: List[Node] = []
        self.seen: Dict[str, int] = Counter()
        self.weights: Dict[str, np.ndarray] = {}
        self.biases: Dict[str, np.ndarray] = {}

    def run(self) -> FoldedGraph:
        for call in self.calls:
            self._add(call)
        return FoldedGraph(tuple(self.nodes), self.weights, self.biases, self.input_shape)

    def _add(self, call: fx.Node) -> None:
        inputs = tuple(self.alias[item] for item in call.all_input_nodes) if call.op != "output" else ()
        if call.op == "placeholder":
            self._append(call, Node("input", "input", ()))
        elif call.op == "output":
            self._append(call, Node("output", "output", (self.alias[_only_output(call)],)))
        elif call.op == "call_module":
            self._add_module(call, self.modules[call.target], inputs)
        elif call.target in ADDITIONS and len(call.args) == 2 and all(isinstance(item, fx.Node) for item in call.args):
            operands = tuple(self.alias[item] for item in call.args)
            self._append(call, Node(self._unique("add"), "add", operands))
        elif call.target in RECTIFIERS:
            self._append(call, Node(self._unique("relu"), "relu", inputs))
        else:
            raise ZooError("cannot fold {}: operation {} is not supported".format(call.name, call.target))

    def _add_module(self, call: fx.Node, module: nn.Module, inputs: Tuple[str, ...]) -> None:
        path = str(call.target)
        if isinstance(module, (nn.Identity, nn.Dropout)):
            self.alias[call] = inputs[0]
        elif isinstance(module, nn.Conv2d):
            self._append(call, Node(self._unique(path), "conv", inputs, path, _conv_options(path, module)))
            if self.seen[path] > 1:
                raise ZooError("cannot fold {}: a convolution used more than once is not supported".format(path))
            self.weights[path] = module.weight.detach().cpu().numpy().astype(np.float32)
            bias = module.bias
            self.biases[path] = np.zeros(len(module.weight), np.float32) if bias is None else _float32(bias)
        elif isinstance(module, nn.BatchNorm2d):
            self._fold_norm(path, module, call.all_input_nodes[0])
            self.alias[call] = inputs[0]
        elif isinstance(module, nn.ReLU):
            self._append(call, Node(self._unique(path), "relu", inputs, path))
        elif isinstance(module, nn.Upsample):
            self._append(call, Node(self._unique(path), "upsample", inputs, path, _upsample_options(path, module)))
        else:
            raise ZooError("cannot fold {}: {} is not supported".format(path, type(module).__name__))

    def _fold_norm(self, path: str, norm: nn.BatchNorm2d, source: fx.Node) -> None:
        conv = str(source.target)
        behind = source.op == "call_module" and isinstance(self.modules[conv], nn.Conv2d) and len(source.users) == 1
        if not behind or norm.running_var is None:
            raise ZooError("cannot fold {}: it does not follow a convolution of its own".format(path))
        spread = np.sqrt(_float64(norm.running_var) + norm.eps)
        factor = (1.0 if norm.weight is None else _float64(norm.weight)) / spread
        shift = 0.0 if norm.bias is None else _float64(norm.bias)
        bias = (self.biases[conv].astype(np.float64) - _float64(norm.running_mean)) * factor + shift
        weight = self.weights[conv].astype(np.float64) * factor.reshape(-1, 1, 1, 1)
        self.weights[conv], self.biases[conv] = weight.astype(np.float32), bias.astype(np.float32)

    def _append(self, call: fx.Node, node: Node) -> None:
        self.nodes.append(node)
        self.alias[call] = node.name

    def _unique(self, name: str) -> str:
        self.seen[name] += 1
        return name if self.seen[name] == 1 else "{}#{}".format(name, self.seen[name])


def _only_output(call: fx.Node) -> fx.Node:
    value: Any = call.args[0]
    if isinstance(value, (list, tuple)) and len(value) == 1:
        value = value[0]
    if not isinstance(value, fx.Node):
        raise ZooError("cannot fold the network: it returns more than one tensor")
    return value


def _conv_options(path: str, module: nn.Conv2d) -> Dict[str, int]:
    if isinstance(module.padding, str) or module.padding_mode != "zeros":
        raise ZooError("cannot fold {}: only zero padding by numbers is supported".format(path))
    pairs = {"stride": module.stride, "padding": module.padding, "dilation": module.dilation}
    for name, pair in pairs.items():
        if len(set(pair)) != 1:
            raise ZooError("cannot fold {}: {} {} differs between the axes".format(path, name, pair))
    options = {name: int(pair[0]) for name, pair in pairs.items()}
    return dict(options, groups=int(module.groups))


def _upsample_options(path: str, module: nn.Upsample) -> Dict[str, int]:
    factor = module.scale_factor
    factor = factor[0] if isinstance(factor, tuple) and len(set(factor)) == 1 else factor
    if module.mode != "nearest" or isinstance(factor, tuple) or not factor or factor != int(factor):
        raise ZooError("cannot fold {}: only nearest upsampling by a whole factor is supported".format(path))
    return {"factor": int(factor)}


def _float64(tensor: torch.Tensor) -> np.ndarray:
    return tensor.detach().cpu().numpy().astype(np.float64)


def _float32(tensor: torch.Tensor) -> np.ndarray:
    return tensor.detach().cpu().numpy().astype(np.float32)
