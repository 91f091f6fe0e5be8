"""Which tensors a release of AIMET rounds.

All of them follow AIMET's per-channel configuration: model input, convolutions, ReLUs and upsamplings are rounded,
a convolution read by nothing but one ReLU is not (they are a supergroup). They differ in what else they see:

- ``aimet-1.24``, the zoo's: additions in ``forward`` are invisible; a ReLU module called several times has one
  quantizer, whose range covers all calls. 324 output quantizers on HRNet-W32.
- ``aimet-2.42``: the quantizer of a reused ReLU is silently dropped. 208.
- ``prepared``: after AIMET's ``prepare_model`` every call is a module of its own, additions too, and an addition
  followed by a ReLU is a supergroup. 482.
"""

from collections import Counter
from typing import Dict, List

from zoo_common.errors import ZooError, did_you_mean
from zoo_torch.quantize.graph import FoldedGraph, Node

SEMANTICS = ("aimet-1.24", "aimet-2.42", "prepared")
INPUT = "input"


def check_semantics(semantics: str) -> str:
    """Return ``semantics`` if it is one of `SEMANTICS`.

    Raises:
        ZooError: it is not.
    """
    if semantics not in SEMANTICS:
        raise ZooError("semantics: unknown '{}'{}".format(semantics, did_you_mean(semantics, SEMANTICS)))
    return semantics


def readers_of(graph: FoldedGraph) -> Dict[str, List[Node]]:
    """Return the nodes that read each node's output, in order."""
    readers: Dict[str, List[Node]] = {node.name: [] for node in graph.nodes}
    for node in graph.nodes:
        for name in node.inputs:
            readers[name].append(node)
    return readers


def place(graph: FoldedGraph, semantics: str = "aimet-1.24") -> Dict[str, str]:
    """Return the name of its quantizer for every node that is rounded, the model's input included.

    A quantizer is named after its module (``prepared``: after its node), that of the model's input ``input``.

    Raises:
        ZooError: unknown semantics.
    """
    check_semantics(semantics)
    readers = readers_of(graph)
    calls = Counter(node.module for node in graph.nodes if node.op == "relu")
    placed: Dict[str, str] = {}
    for node in graph.nodes:
        followers = readers[node.name]
        fused = len(followers) == 1 and followers[0].op == "relu"
        if node.op == "input":
            placed[node.name] = INPUT
        elif node.op in ("conv", "add"):
            visible = node.op == "conv" or semantics == "prepared"
            if visible and not fused:
                placed[node.name] = node.name
        elif node.op == "upsample" or (node.op == "relu" and (node.module or semantics == "prepared")):
            if semantics == "aimet-2.42" and node.op == "relu" and calls[node.module] > 1:
                continue
            placed[node.name] = node.name if semantics == "prepared" else str(node.module)
    return placed


def output_quantizers(placed: Dict[str, str]) -> List[str]:
    """Return the distinct quantizers but the model input's, in order: what the counts above count."""
    return [name for name in dict.fromkeys(placed.values()) if name != INPUT]
