"""Techniques that mend a quantization without training, by the names the field has for them."""

from typing import Dict, Iterable, List, Mapping, Optional, Sequence

import numpy as np

from zoo_common.errors import ZooError, did_you_mean
from zoo_torch.quantize.adaround import Rounded, adaround
from zoo_torch.quantize.encoding import Encoding
from zoo_torch.quantize.equalise import equalise
from zoo_torch.quantize.graph import FoldedGraph
from zoo_torch.quantize.seqmse import seqmse
from zoo_torch.quantize.walk import check_batches

TECHNIQUES = ("cle", "seqmse", "adaround")


def check_techniques(names: Sequence[str]) -> List[str]:
    """Return the techniques in the order they are applied.

    Raises:
        ZooError: an unknown name, or both ``seqmse`` and ``adaround``, which starts with the former.
    """
    for name in names:
        if name not in TECHNIQUES:
            raise ZooError("ptq: unknown '{}'{}".format(name, did_you_mean(name, TECHNIQUES)))
    if {"seqmse", "adaround"} <= set(names):
        raise ZooError("ptq: 'adaround' chooses its ranges as 'seqmse' does; name one of them")
    return [name for name in TECHNIQUES if name in names]


def apply_techniques(
    graph: FoldedGraph,
    batches: Iterable[np.ndarray],
    names: Sequence[str],
    param_bits: int = 4,
    frozen_parameters: Optional[Mapping[str, Encoding]] = None,
    iterations: int = 1000,
    progress: bool = False,
) -> Rounded:
    """Apply techniques to a folded network; calibrate the result with its ``parameters`` frozen.

    Args:
        graph: the network.
        batches: float32 ``[N, C, H, W]``; not read for ``cle`` alone.
        names: of `TECHNIQUES`: ``cle`` (cross-layer equalisation), ``seqmse`` (sequential MSE), ``adaround``.
        param_bits: bit width of the weights.
        frozen_parameters: weight encodings that are kept.
        iterations: of ``adaround``, a layer.
        progress: show a bar.

    Raises:
        ZooError: unknown or contradictory names, or ``cle`` with frozen encodings, which belong to the weights as
            they were.
    """
    chosen = check_techniques(names)
    parameters: Dict[str, Encoding] = dict(frozen_parameters or {})
    if "cle" in chosen:
        if parameters:
            raise ZooError("ptq: 'cle' changes the weights, so given weight encodings no longer fit them")
        graph = equalise(graph)
    if "seqmse" in chosen:
        return Rounded(graph, seqmse(graph, batches, param_bits, parameters, progress))
    if "adaround" in chosen:
        return adaround(graph, list(check_batches(batches, graph)), param_bits, iterations, parameters, progress)
    return Rounded(graph, parameters)
