"""Which layers cost what: quantize one at a time, or all but one, and see what the heatmaps lose."""

import math
from typing import Any, Dict, Iterable, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Set, Tuple

import numpy as np
import torch
from tqdm import tqdm

from zoo_common.errors import ZooError, did_you_mean
from zoo_common.files import PathLike, atomic_open
from zoo_common.heatmaps.fidelity import joint_shift, sqnr_db
from zoo_torch.quantize.graph import FoldedGraph, Node, Quantization
from zoo_torch.quantize.walk import check_batches, fake_quantize, tensors, walk

MODES = ("one", "all_but_one")
KINDS = ("weights", "activations")
BARS_PLOTTED = 40


class Sensitivity(NamedTuple):
    """One row of the table.

    Attributes:
        layer: module path of the weight, or name of the activation quantizer.
        kind: ``weights`` or ``activations``.
        bits: bit width.
        sqnr_db: of the heatmaps against the float network's; higher is better. Infinite if they are equal: weights
            that lie on their grid already, as after AdaRound, lose nothing.
        joint_shift: mean shift of the decoded joints, in pixels of the network's input.
    """

    layer: str
    kind: str
    bits: int
    sqnr_db: float
    joint_shift: float


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
    for value, known, what in ((mode, MODES, "mode"), *((kind, KINDS, "kind") for kind in kinds)):
        if value not in known:
            raise ZooError("{}: unknown '{}'{}".format(what, value, did_you_mean(value, known)))
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
    return sorted(rows, key=lambda row: row.sqnr_db, reverse=mode == "all_but_one")


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


def records(rows: Sequence[Sensitivity]) -> List[Dict[str, Any]]:
    """Return the rows for a JSON file; an infinite SQNR is left out."""
    return [
        {name: value for name, value in row._asdict().items() if name != "sqnr_db" or math.isfinite(value)}
        for row in rows
    ]


def plot_sensitivity(rows: Sequence[Sensitivity], path: PathLike, title: str = "Sensitivity of the heatmaps") -> None:
    """Draw the first forty rows as bars into a PNG file.

    Raises:
        ZooError: the file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # slow to import
    from matplotlib.figure import Figure

    shown = [row for row in rows if math.isfinite(row.sqnr_db)][:BARS_PLOTTED]
    figure = Figure(figsize=(9, 1.2 + 0.2 * max(len(shown), 1)))
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    colours = {"weights": "tab:blue", "activations": "tab:orange"}
    places = np.arange(len(shown))
    axes.barh(places, [row.sqnr_db for row in shown], color=[colours[row.kind] for row in shown])
    axes.set_yticks(places, ["{} ({}, {} bits)".format(row.layer, row.kind, row.bits) for row in shown], fontsize=7)
    axes.invert_yaxis()
    axes.set_xlabel("SQNR of the heatmaps, dB")
    axes.set_title(title)
    with atomic_open(path, "wb") as stream:
        figure.savefig(stream, format="png", dpi=120, bbox_inches="tight")
