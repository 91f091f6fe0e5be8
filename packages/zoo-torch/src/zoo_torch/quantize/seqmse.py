"""Sequential MSE: for each output channel the weight range whose rounding changes the output least.

As AIMET's ``apply_seq_mse``: twenty candidates, equal parts of the channel's absolute maximum; layer by layer.
"""

from typing import Dict, Iterable, Mapping, Optional

import numpy as np

from zoo_common.quantization.encoding import Encoding
from zoo_common.quantization.grid import check_bits, minmax_encoding, round_to_grid, weight_range
from zoo_torch.quantize.graph import FoldedGraph
from zoo_torch.quantize.layerwise import Patches, output_error, settle_layers, without

CANDIDATES = 20


def seqmse(
    graph: FoldedGraph,
    batches: Iterable[np.ndarray],
    param_bits: int = 4,
    frozen_parameters: Optional[Mapping[str, Encoding]] = None,
    progress: bool = False,
) -> Dict[str, Encoding]:
    """Choose the encodings of all weights; to be frozen in `calibrate`.

    Args:
        graph: the network.
        batches: float32 ``[N, C, H, W]``; a few dozen samples.
        param_bits: bit width of the weights.
        frozen_parameters: encodings that are kept; they are in the result.
        progress: show a bar.
    """
    bits = check_bits(param_bits, "param_bits")
    encodings: Dict[str, Encoding] = dict(frozen_parameters or {})

    def settle(path: str, weight: np.ndarray, seen: Patches) -> np.ndarray:
        encodings[path] = best_ranges(weight, seen, bits)
        return round_to_grid(weight, encodings[path])

    settle_layers(graph, batches, settle, without(graph, frozen_parameters), progress)
    return encodings


def best_ranges(weight: np.ndarray, seen: Patches, bits: int) -> Encoding:
    """Return the per-channel encoding of least output error among the candidates."""
    low, high = weight_range(weight)
    best: Optional[Encoding] = None
    least = np.full(len(weight), np.inf)
    for number in range(CANDIDATES, 0, -1):
        share = number / CANDIDATES
        tried = minmax_encoding(low * share, high * share, bits, True)
        error = output_error(round_to_grid(weight, tried) - weight, seen.gram)
        better = error < least
        if best is None:
            best, least = tried, error
            continue
        least = np.where(better, error, least)
        columns = (np.where(better, new, old) for new, old in zip(tried[:4], best[:4]))
        best = Encoding(*columns, bits=bits, symmetric=True)
    assert best is not None
    return best
