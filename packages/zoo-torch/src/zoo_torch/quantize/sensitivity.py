"""Which layers cost what: quantize one at a time, or all but one, and see what the heatmaps lose."""

from typing import Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Set, Tuple

import numpy as np
import torch
from tqdm import tqdm

from zoo_common.heatmaps.fidelity import joint_shift, sqnr_db
from zoo_common.quantization.sensitivity import KINDS, Sensitivity, check_choices, ranked
from zoo_torch.quantize.graph import FoldedGraph, Node, Quantization
from zoo_torch.quantize.walk import check_batches, fake_quantize, tensors, walk


def layer_sensitivity(
    graph: FoldedGraph,
    quantization: Quantization,
    batches: Iterable[np.ndarray],
    mode: str = "one",
    kinds: Sequence[str] = KINDS,
    progress: bool = False,
) -> List[Sensitivity]:
    """Measure every quantizer.

    What lies in front of the changed layer is computed once: on average half the network runs a row. All activations
    of a batch are held, so a few samples a batch are enough.

    Args:
        graph: the network.
        quantization: its encodings.
        batches: float32 ``[N, C, H, W]``.
        mode: ``one`` quantizes only the layer; ``all_but_one`` leaves only the layer in float.
        kinds: ``weights``, ``activations`` or both.
        progress: show a bar.

    Returns:
        The most harmful first: lowest SQNR for ``one``, highest for ``all_but_one``.

    Raises:
        ZooError: unknown mode or kind, or unfit batches.
    """
    check_choices(mode, kinds)
    found: Dict[Tuple[str, str], List[np.ndarray]] = {}
    truth: List[np.ndarray] = []
    for batch in check_batches(batches, graph):
        probe = _Probe(graph, quantization, torch.from_numpy(batch), everything=mode == "all_but_one")
        truth.append(probe.truth)
        for target in tqdm(list(_targets(quantization, kinds)), "measuring layers", disable=not progress):
            found.setdefault(target, []).append(probe.change(*target))
    reference = np.concatenate(truth)
    rows = []
    for (layer, kind), parts in found.items():
        encoding = (quantization.parameters if kind == "weights" else quantization.outputs)[layer]
        heatmaps = np.concatenate(parts)
        shift = float(joint_shift(reference, heatmaps, tuple(graph.input_shape[1:])).mean())
        rows.append(Sensitivity(layer, kind, encoding.bits, sqnr_db(reference, heatmaps), shift))
    return ranked(rows, mode)


def _targets(quantization: Quantization, kinds: Sequence[str]) -> Iterator[Tuple[str, str]]:
    for kind in kinds:
        names: Mapping[str, object] = quantization.parameters if kind == "weights" else quantization.outputs
        for name in names:
            yield name, kind


class _Probe:
    """A batch's activations in the unchanged network, and what a change of one quantizer does to the output."""

    def __init__(self, graph: FoldedGraph, quantization: Quantization, batch: torch.Tensor, everything: bool) -> None:
        self.graph, self.quantization, self.batch, self.everything = graph, quantization, batch, everything
        self.exact, self.rounded = tensors(graph), tensors(graph, quantization.parameters)
        self.truth = walk(graph, batch, self.exact).numpy()
        self.known: Dict[str, torch.Tensor] = {}
        walk(graph, batch, self.rounded if everything else self.exact, self._remember)

    def _remember(self, node: Node, value: torch.Tensor) -> torch.Tensor:
        self.known[node.name] = value = self._visit(node, value, None)
        return value

    def _visit(self, node: Node, value: torch.Tensor, changed: Optional[str]) -> torch.Tensor:
        name = self.quantization.activations.get(node.name)
        if name is None or (name == changed) == self.everything:
            return value
        return fake_quantize(value, self.quantization.outputs[name])

    def change(self, layer: str, kind: str) -> np.ndarray:
        """Return the output with one quantizer switched."""
        of_weight = kind == "weights"
        parameters = dict(self.rounded if self.everything else self.exact)
        if of_weight:
            parameters[layer] = (self.exact if self.everything else self.rounded)[layer]
            origins = {node.name for node in self.graph.nodes if node.op == "conv" and node.module == layer}
        else:
            origins = {node for node, name in self.quantization.activations.items() if name == layer}
        dirty = _descendants(self.graph, origins)
        known = {name: value for name, value in self.known.items() if name not in dirty}
        switched = None if of_weight else layer
        return walk(
            self.graph, self.batch, parameters, lambda node, value: self._visit(node, value, switched), known
        ).numpy()


def _descendants(graph: FoldedGraph, origins: Set[str]) -> Set[str]:
    dirty = set(origins)
    for node in graph.nodes:
        if any(name in dirty for name in node.inputs):
            dirty.add(node.name)
    return dirty
