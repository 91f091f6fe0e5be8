"""A quantized network in which each quantizer is on or off as a run says: one session for all combinations.

Each quantizer becomes a Switch and a Merge, TensorFlow's conditional: a branch not taken costs nothing. Of a constant
both values are in the graph.
"""

from typing import Dict, Iterable, List, NamedTuple, Optional, Sequence

import numpy as np
from tensorflow.core.framework import types_pb2

from zoo_common.quantization.grid import applied
from zoo_tf1.quantsim.graph import Index, Network, NodeDef, make_constant, make_node, rebuilt, split
from zoo_tf1.quantsim.insert import Quantization
from zoo_tf1.quantsim.placement import Placement
from zoo_tf1.quantsim.rounding import rounding
from zoo_tf1.quantsim.runner import Batch, Runner
from zoo_tf1.quantsim.weights import rounded

FLOAT, BOOL = types_pb2.DT_FLOAT, types_pb2.DT_BOOL
PREFIX = "quantsim/switches/"
ACTIVE = PREFIX + "active"


class Quantizer(NamedTuple):
    """One switch.

    Attributes:
        op: operation, as ``--exclude`` (weights) and ``--disable-output-quantizer`` (activations) take it.
        kind: ``weights`` (biases too, where they have one) or ``activations``.
        bits: bit width.
        node: whose first output is rounded.
    """

    op: str
    kind: str
    bits: int
    node: str


def quantizers(placement: Placement, quantization: Quantization) -> List[Quantizer]:
    """Return all quantizers that have an encoding: of constants, then of activations."""
    found = []
    for name, encoding in quantization.parameters.items():
        found.append(Quantizer(placement.parameters[name].readers[0].node, "weights", encoding.bits, name))
    for name, encoding in quantization.activations.items():
        found.append(Quantizer(name, "activations", encoding.bits, name))
    return found


class Switchboard:
    """Runs a network with any of its quantizers on; a context manager.

    Args:
        network: in float.
        placement: its quantizers.
        quantization: their encodings; what has none has no switch.
        threads: of TensorFlow.
        exact: see `zoo_tf1.quantsim.rounding.rounding`.

    Attributes:
        quantizers: in the order of the switches.
    """

    def __init__(
        self,
        network: Network,
        placement: Placement,
        quantization: Quantization,
        threads: Optional[int] = None,
        exact: bool = True,
    ) -> None:
        self.quantizers = quantizers(placement, quantization)
        board = _switched(network, placement, quantization, self.quantizers, exact)
        self._runner = Runner(board, threads=threads)
        self._outputs = [_wired(name, quantization) + ":0" for name in network.outputs]

    def run(self, batch: Batch, on: Sequence[bool]) -> List[np.ndarray]:
        """Run a batch with some quantizers on; returns the network's outputs, in its order.

        Raises:
            ZooError: the batch does not fit the network.
        """
        return self._runner.fetch(batch, self._outputs, {ACTIVE: np.asarray(on, bool)})

    def close(self) -> None:
        """Free the session."""
        self._runner.close()

    def __enter__(self) -> "Switchboard":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _wired(name: str, quantization: Quantization) -> str:
    return PREFIX + name if name in quantization.activations else name


def _switched(
    network: Network, placement: Placement, quantization: Quantization, switches: List[Quantizer], exact: bool
) -> Network:
    index = Index(network.graph)
    readers: Dict[str, Dict[int, str]] = {}
    added: List[NodeDef] = _signals(len(switches))
    for number, item in enumerate(switches):
        signal = "{}signal:{}".format(PREFIX, number)
        if item.kind == "activations":
            added.extend(_activation(item, signal, quantization, exact))
            continue
        parameter = placement.parameters[item.node]
        value = index.constant(item.node)
        grid = make_constant(
            PREFIX + item.node + "/rounded", rounded(value, parameter.type, quantization[1][item.node])
        )
        added.extend([grid, *_choice(item.node, item.node, grid.name, signal)])
        for reader in parameter.readers:
            readers.setdefault(reader.node, {})[reader.position] = PREFIX + item.node
    graph = rebuilt(network.graph, network.graph.node)
    for node in graph.node:
        for position, text in enumerate(node.input):
            name, output = split(text)
            if output == 0 and name in quantization.activations:
                node.input[position] = PREFIX + name
        for position, constant in readers.get(node.name, {}).items():
            node.input[position] = constant
    graph.node.extend(added)
    return network._replace(graph=graph)


def _signals(count: int) -> List[NodeDef]:
    """A vector of booleans fed, taken apart."""
    fed = make_node(ACTIVE, "Placeholder", [], dtype=BOOL)
    fed.attr["shape"].shape.dim.add().size = count
    signal = make_node(PREFIX + "signal", "Unpack", [ACTIVE], T=BOOL)
    signal.attr["num"].i, signal.attr["axis"].i = count, 0
    return [fed, signal]


def _activation(item: Quantizer, signal: str, quantization: Quantization, exact: bool) -> Iterable[NodeDef]:
    own = PREFIX + item.node
    taken = make_node(own + "/switch", "Switch", [item.node, signal], T=FLOAT)
    nodes = rounding(
        taken.name + ":1", own + "/rounded", item.bits, applied(quantization.activations[item.node]), exact
    )
    return [taken, *nodes, _merge(own, taken.name, own + "/rounded")]


def _choice(name: str, plain: str, grid: str, signal: str) -> List[NodeDef]:
    own = PREFIX + name
    off = make_node(own + "/off", "Switch", [plain, signal], T=FLOAT)
    on = make_node(own + "/on", "Switch", [grid, signal], T=FLOAT)
    return [off, on, _merge(own, off.name, on.name + ":1")]


def _merge(name: str, off: str, on: str) -> NodeDef:
    node = make_node(name, "Merge", [off, on], T=FLOAT)
    node.attr["N"].i = 2
    return node
