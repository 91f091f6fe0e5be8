"""A graph as AIMET sees it: operations between inputs and outputs, a convolution and its bias being one."""

from typing import Dict, List, NamedTuple, Optional, Tuple

from zoo_tf1.quantsim.graph import Index, Network, is_float

IGNORED = frozenset(["branch", "Flatten", "Shape", "Identity", "Reshape", "Transpose", "ResourceGather", "Tile"])
"""Types whose outputs are never quantized: they only move values."""

TAKES_BIAS = frozenset(["Conv2D", "DepthwiseConv2dNative", "Conv2DBackpropInput", "MatMul"])
WEIGHT_POSITION = 1

NAMES = {
    "Conv2D": ("Conv",),
    "DepthwiseConv2dNative": ("Conv",),
    "Conv2DBackpropInput": ("ConvTranspose",),
    "Relu6": ("Clip",),
    "AddV2": ("Add",),
    "MatMul": ("Gemm", "MatMul"),
    "ConcatV2": ("Concat",),
    "FusedBatchNorm": ("BatchNormalization",),
    "FusedBatchNormV2": ("BatchNormalization",),
    "FusedBatchNormV3": ("BatchNormalization",),
    "AvgPool": ("AveragePool",),
    "RealDiv": ("Div",),
}
"""TensorFlow's types that configurations call otherwise; all others have equal names."""


class Op(NamedTuple):
    """One operation.

    Attributes:
        name: the node whose first output is the operation's, e.g. the BiasAdd of a convolution.
        main: the node that computes: equal to ``name`` but for operations with a bias.
        type: TensorFlow's type of ``main``.
        sources: operations read, by name, in order; constants left out.
        quantizable: whether its output can have a quantizer.
    """

    name: str
    main: str
    type: str
    sources: Tuple[str, ...]
    quantizable: bool

    @property
    def config_types(self) -> Tuple[str, ...]:
        """The names of its type in configurations."""
        return NAMES.get(self.type, (self.type,))


class ConnectedGraph(NamedTuple):
    """The operations by name, each after those it reads, and who reads each."""

    ops: Dict[str, Op]
    readers: Dict[str, List[str]]


def connect(network: Network, index: Optional[Index] = None) -> ConnectedGraph:
    """Find the operations that lie between the network's inputs and outputs."""
    index = index or Index(network.graph)
    ops: Dict[str, Op] = {}
    alias: Dict[str, str] = {}
    for node in index.sorted_from(network.outputs):
        sources = tuple(alias[name] for name in index.data_inputs(node) if name in alias)
        if not sources and node.name not in network.inputs:
            continue
        name, quantizable = node.name, node.op not in IGNORED and is_float(node)
        if node.op == "BiasAdd" and alias.get(index.data_inputs(node)[0]) in ops:
            before = ops[sources[0]]
            if before.type in TAKES_BIAS and before.name == before.main and index.sole_reader(before.name):
                del ops[before.name]
                alias[before.main] = name
                ops[name] = before._replace(name=name, quantizable=quantizable)
                alias[name] = name
                continue
        alias[name] = name
        ops[name] = Op(name, name, node.op, sources, quantizable)
    readers: Dict[str, List[str]] = {name: [] for name in ops}
    for op in ops.values():
        for source in op.sources:
            readers[source].append(op.name)
    return ConnectedGraph(ops, readers)
