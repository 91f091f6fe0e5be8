"""Which tensors get a quantizer under a configuration, and of which kind.

Where AIMET's rules leave room: an operation's quantized input is the output of whoever makes it, looked for through
operations that only move values; a supergroup leaves alone what its members read from outside it.
"""

from typing import Dict, Iterable, List, NamedTuple, Optional, Tuple

from zoo_common.errors import ZooError, did_you_mean
from zoo_tf1.quantsim.config import Config, Param
from zoo_tf1.quantsim.connected import TAKES_BIAS, WEIGHT_POSITION, ConnectedGraph, Op, connect
from zoo_tf1.quantsim.graph import Index, Network, Reader

WEIGHT, BIAS = "weight", "bias"


class Activation(NamedTuple):
    """The quantizer of an operation's output."""

    enabled: bool = False
    symmetric: bool = False


class Parameter(NamedTuple):
    """The quantizer of a constant.

    Attributes:
        readers: the inputs that read it.
        type: TensorFlow's type of the operation; says where the channels are.
        kind: ``weight`` or ``bias``.
        per_channel: one grid for each output channel; never of a bias.
    """

    readers: Tuple[Reader, ...]
    type: str
    kind: str
    enabled: bool
    symmetric: bool
    per_channel: bool


class Placement(NamedTuple):
    """All quantizers.

    Attributes:
        activations: name of the node to its quantizer, enabled or not.
        parameters: name of the node the constant is read from to its quantizer.
        strict, unsigned: how symmetric grids are made.
    """

    activations: Dict[str, Activation]
    parameters: Dict[str, Parameter]
    strict: bool
    unsigned: bool

    def enabled(self) -> "Placement":
        """Return only the quantizers that are on."""
        activations = {name: item for name, item in self.activations.items() if item.enabled}
        parameters = {name: item for name, item in self.parameters.items() if item.enabled}
        return self._replace(activations=activations, parameters=parameters)

    def without(self, ops: Iterable[str] = (), outputs: Iterable[str] = ()) -> "Placement":
        """Switch quantizers off.

        Args:
            ops: operations, by name, of which neither output nor parameters are quantized.
            outputs: operations of which the output is not.

        Raises:
            ZooError: there is no quantizer of that name.
        """
        activations, parameters = dict(self.activations), dict(self.parameters)
        ops = list(ops)
        for name in ops + list(outputs):
            owned = [key for key, item in parameters.items() if name in ops and name in _owners(item)]
            if name not in activations and not owned:
                raise ZooError("no operation with a quantizer is called '{}'{}".format(name, _near(name, activations)))
            if name in activations:
                activations[name] = activations[name]._replace(enabled=False)
            for key in owned:
                parameters[key] = parameters[key]._replace(enabled=False)
        return self._replace(activations=activations, parameters=parameters)


def _owners(parameter: Parameter) -> List[str]:
    return [reader.node for reader in parameter.readers]


def _near(name: str, known: Iterable[str]) -> str:
    hint = did_you_mean(name, known)
    return hint if hint.startswith("; did") else ""


def place(network: Network, config: Config, connected: Optional[ConnectedGraph] = None) -> Placement:
    """Place the quantizers of a network as the configuration says, section after section.

    Raises:
        ZooError: the configuration asks for strict and unsigned symmetric grids at once.
    """
    index = Index(network.graph)
    connected = connected or connect(network, index)
    defaults = config.defaults
    placement = Placement(
        _activations(connected, network, config),
        _parameters(connected, index, config),
        defaults.strict_symmetric,
        defaults.unsigned_symmetric,
    )
    symmetric = any(item.symmetric for part in placement[:2] for item in part.values())
    if symmetric and placement.strict and placement.unsigned:
        raise ZooError("defaults.strict_symmetric and defaults.unsigned_symmetric: only one of them can be 'True'")
    return placement


def _activations(connected: ConnectedGraph, network: Network, config: Config) -> Dict[str, Activation]:
    ops = connected.ops
    defaults = config.defaults.ops
    found = {
        name: Activation(bool(defaults.is_output_quantized) and name not in network.inputs, bool(defaults.is_symmetric))
        for name, op in ops.items()
        if op.quantizable
    }

    def switch(name: str, enabled: Optional[bool], symmetric: Optional[bool] = None) -> None:
        if name in found and enabled is not None:
            found[name] = found[name]._replace(enabled=enabled)
        if name in found and symmetric is not None:
            found[name] = found[name]._replace(symmetric=symmetric)

    for op in ops.values():
        for rule in (config.op_type[kind] for kind in op.config_types if kind in config.op_type):
            switch(op.name, rule.is_output_quantized, rule.is_symmetric)
            for source in op.sources if rule.is_input_quantized else ():
                switch(_maker(ops, source), True)
    for group in config.supergroups:
        for op in ops.values():
            for name in _match(connected, op, group.op_list)[:-1]:
                switch(name, False)
    for name in network.inputs:
        switch(name, config.model_input.is_input_quantized)
    for name in network.outputs:
        switch(name, config.model_output.is_output_quantized)
    return found


def _maker(ops: Dict[str, Op], name: str) -> str:
    while not ops[name].quantizable and len(ops[name].sources) == 1:
        name = ops[name].sources[0]
    return name


def _match(connected: ConnectedGraph, op: Op, types: List[str]) -> List[str]:
    """Return the names of the operations that match the types from ``op`` on; empty if they do not."""
    chain = [op]
    for _ in types[1:]:
        readers = connected.readers[chain[-1].name]
        if len(readers) != 1:
            return []
        chain.append(connected.ops[readers[0]])
    matching = all(kind in item.config_types for kind, item in zip(types, chain))
    return [item.name for item in chain] if matching else []


def _parameters(connected: ConnectedGraph, index: Index, config: Config) -> Dict[str, Parameter]:
    found: Dict[str, Parameter] = {}
    for op in connected.ops.values():
        readers = []
        if op.type in TAKES_BIAS:
            readers.append((WEIGHT, Reader(op.main, WEIGHT_POSITION)))
        if op.type in TAKES_BIAS and op.name != op.main:
            readers.append((BIAS, Reader(op.name, WEIGHT_POSITION)))
        for kind, reader in readers:
            name = index.data_inputs(index.nodes[reader.node])[reader.position]
            if index.constant(name) is None:
                continue
            before = found[name].readers if name in found else ()
            found[name] = Parameter(before + (reader,), op.type, kind, *_kind(op, kind, config))
    return found


def _kind(op: Op, kind: str, config: Config) -> Tuple[bool, bool, bool]:
    rules = [config.op_type[name] for name in op.config_types if name in config.op_type]
    enabled = symmetric = False
    layers = [config.defaults.params, config.params.get(kind)] + [rule.params.get(kind) for rule in rules]
    for layer in (item for item in layers if isinstance(item, Param)):
        enabled = enabled if layer.is_quantized is None else layer.is_quantized
        symmetric = symmetric if layer.is_symmetric is None else layer.is_symmetric
    per_channel = config.defaults.per_channel_quantization
    for rule in rules:
        per_channel = per_channel if rule.per_channel_quantization is None else rule.per_channel_quantization
    return enabled, symmetric, per_channel and kind == WEIGHT
