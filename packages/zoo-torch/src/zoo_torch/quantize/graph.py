"""A folded network as a list of operations: what the simulator runs, the exporter writes, the quantizers hang on.

Batch norms are folded into their convolutions. Only what HRNet needs: convolution, ReLU, addition, nearest upsampling.
"""

from typing import Dict, Mapping, NamedTuple, Optional, Tuple

import numpy as np

from zoo_common.quantization.encoding import Encoding


class Node(NamedTuple):
    """One operation.

    Attributes:
        name: unique; the module's path, with ``#2``, ``#3`` for the further calls of a reused module; ``add``,
            ``add#2``, ... for functional additions; ``input`` and ``output``.
        op: ``input``, ``conv``, ``relu``, ``add``, ``upsample`` or ``output``.
        inputs: names of the nodes read, in order (an addition has two).
        module: path of the module called, e.g. ``layer1.0.conv1``; absent for ``input``, ``add`` and ``output``.
        options: conv: ``stride``, ``padding``, ``dilation``, ``groups`` (whole numbers); upsample: ``factor``.
    """

    name: str
    op: str
    inputs: Tuple[str, ...]
    module: Optional[str] = None
    options: Mapping[str, int] = {}


class FoldedGraph(NamedTuple):
    """The network's operations in order, and its parameters.

    Attributes:
        nodes: in an order in which every node follows its inputs.
        weights: module path to float32 [out, in / groups, kh, kw].
        biases: module path to float32 [out].
        input_shape: channels, height, width.
    """

    nodes: Tuple[Node, ...]
    weights: Dict[str, np.ndarray]
    biases: Dict[str, np.ndarray]
    input_shape: Tuple[int, int, int]


class Quantization(NamedTuple):
    """Which tensors are rounded, and to which grid.

    Attributes:
        activations: node name to the name of its quantizer. Calls of one reused module share one quantizer; a node
            that is absent is not rounded. ``input`` is the model input's node.
        outputs: quantizer name to its encoding (`Encoding`, per tensor).
        parameters: module path to the encoding of its weight (per output channel). Biases stay float.
        semantics: whose placement this is, e.g. ``aimet-1.24``.
    """

    activations: Dict[str, str]
    outputs: Dict[str, Encoding]
    parameters: Dict[str, Encoding]
    semantics: str
