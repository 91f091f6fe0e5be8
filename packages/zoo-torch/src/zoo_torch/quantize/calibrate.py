"""Calibration: the ranges of all activations over exactly the samples given, one batch in memory at a time."""

from typing import Dict, Iterable, Mapping, Optional

import numpy as np
import torch
from tqdm import tqdm

from zoo_common.errors import ZooError, did_you_mean
from zoo_common.quantization.encoding import Encoding
from zoo_common.quantization.enhanced import Histogram, enhanced_encoding, enhanced_weight_encoding, observe
from zoo_common.quantization.grid import check_bits, minmax_encoding, tightest_weight_encoding, weight_range
from zoo_torch.quantize.graph import FoldedGraph, Node, Quantization
from zoo_torch.quantize.placement import check_semantics, place
from zoo_torch.quantize.walk import check_batches, tensors, walk

SCHEMES = ("tf", "tf_enhanced")


def calibrate(
    graph: FoldedGraph,
    batches: Iterable[np.ndarray],
    scheme: str = "tf",
    param_bits: int = 8,
    output_bits: int = 8,
    semantics: str = "aimet-1.24",
    frozen_parameters: Optional[Mapping[str, Encoding]] = None,
    unsigned_symmetric: bool = True,
    progress: bool = False,
    device: str = "cpu",
) -> Quantization:
    """Compute the encodings of a network as AIMET's ``compute_encodings`` does.

    Weights are rounded while activations are observed; activations pass unrounded.

    Args:
        graph: the network.
        batches: preprocessed float32 ``[N, C, H, W]``, read once; all of them count.
        scheme: ``tf``, minimum and maximum, or ``tf_enhanced``, least squared error over a histogram.
        param_bits: of the weights that have no frozen encoding.
        output_bits: of activations and the model's input.
        semantics: which tensors are rounded, see `zoo_torch.quantize.placement`; ``aimet-2.42`` also takes that
            release's tighter weight scale.
        frozen_parameters: module path to weight encoding, kept as they are.
        unsigned_symmetric: AIMET's option of that name: a weight channel without negative values gets the grid
            0..2**bits - 1. Kernels that know only signed weights need False.
        progress: show a bar.
        device: ``cpu`` or ``cuda``.

    Raises:
        ZooError: unknown scheme, semantics or device, unfit bit width or batch.
    """
    if scheme not in SCHEMES:
        raise ZooError("scheme: unknown '{}'{}".format(scheme, did_you_mean(scheme, SCHEMES)))
    param_bits, output_bits = check_bits(param_bits, "param_bits"), check_bits(output_bits, "output_bits")
    activations = place(graph, check_semantics(semantics))
    parameters = dict(frozen_parameters or {})
    for path, weight in graph.weights.items():
        if path not in parameters:
            parameters[path] = weight_encoding(weight, param_bits, scheme, semantics, unsigned_symmetric)
    observer = _MinMax(output_bits) if scheme == "tf" else _Histograms(output_bits)

    def visit(node: Node, value: torch.Tensor) -> torch.Tensor:
        if node.name in activations:
            observer.see(activations[node.name], value)
        return value

    layout = torch.channels_last
    loaded = tensors(graph, parameters, device, memory_format=layout)
    for batch in tqdm(check_batches(batches, graph), "calibrating", disable=not progress, unit="batch"):
        walk(graph, torch.from_numpy(batch).to(device, memory_format=layout), loaded, visit)
    return Quantization(activations, observer.encodings(), parameters, semantics)


def weight_encoding(
    weight: np.ndarray, bits: int, scheme: str = "tf", semantics: str = "aimet-1.24", unsigned_symmetric: bool = True
) -> Encoding:
    """Return the symmetric per-channel encoding of a weight, float32 [out, in, kh, kw]."""
    if scheme == "tf_enhanced":
        return enhanced_weight_encoding(weight, bits, unsigned_symmetric)
    if semantics == "aimet-2.42":
        return tightest_weight_encoding(*weight_range(weight), bits=bits)
    low, high = weight_range(weight)
    return minmax_encoding(low, high, bits, True, unsigned_symmetric)


class _MinMax:
    def __init__(self, bits: int) -> None:
        self.bits = bits
        self.ranges: Dict[str, torch.Tensor] = {}

    def see(self, name: str, value: torch.Tensor) -> None:
        low, high = torch.aminmax(value)
        now = torch.stack([-low, high])
        self.ranges[name] = torch.maximum(self.ranges[name], now) if name in self.ranges else now

    def encodings(self) -> Dict[str, Encoding]:
        limits = {name: pair.cpu().numpy().astype(np.float64) for name, pair in self.ranges.items()}
        return {name: minmax_encoding(-pair[0], pair[1], self.bits, False) for name, pair in limits.items()}


class _Histograms:
    def __init__(self, bits: int) -> None:
        self.bits = bits
        self.histograms: Dict[str, Optional[Histogram]] = {}

    def see(self, name: str, value: torch.Tensor) -> None:
        self.histograms[name] = observe(value.cpu().numpy(), self.histograms.get(name))

    def encodings(self) -> Dict[str, Encoding]:
        return {name: enhanced_encoding(seen, self.bits, False) for name, seen in self.histograms.items()}
