"""Bias correction (Nagel et al., "Data-Free Quantization", arXiv:1906.04721, section 4.2).

Rounding weights moves the mean of a convolution's output, the more so the fewer weights an output
has and the further its inputs are from zero mean. The bias takes the move back.
"""

from typing import Sequence

import numpy as np

from zoo_mxnet.quantize.fold import Draft
from zoo_mxnet.quantize.observe import mean_change, observe
from zoo_mxnet.quantize.packing import snap


def snap_weights(draft: Draft, layers: Sequence[str], batches: Sequence[np.ndarray], correct: bool = True) -> None:
    """Put the weights of the named convolutions on the int8 grid and correct their biases.

    Args:
        draft: float network, changed in place.
        layers: names of the convolutions that will run in int8.
        batches: calibration batches; inputs are observed in the network as it is on entry.
        correct: False rounds only.
    """
    nodes = [draft.graph.nodes[name] for name in layers]
    seen = observe(draft, [node.inputs[0] for node in nodes], batches) if correct else {}
    for node in nodes:
        name = node.inputs[1][0]
        before = draft.args[name]
        draft.args[name] = snap(before)
        if correct:
            moved = mean_change(node.attrs, seen[node.inputs[0]].mean, draft.args[name] - before)
            bias = draft.give_bias(node)
            draft.args[bias] = (draft.args[bias] - moved).astype(np.float32)
