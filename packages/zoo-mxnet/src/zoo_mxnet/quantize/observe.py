"""What values take inside a float network over the calibration samples, channel by channel."""

from dataclasses import dataclass
from typing import Dict, Iterable, Iterator, List, Sequence

import mxnet as mx
import numpy as np

from zoo_mxnet.networks.executor import Executor
from zoo_mxnet.networks.graph import Entry, Graph
from zoo_mxnet.quantize.fold import Draft


@dataclass
class Observed:
    """Statistics of one value ``[N, C, H, W]``.

    Attributes:
        low: ``[C]`` smallest value of each channel.
        high: ``[C]`` largest value of each channel.
        mean: ``[1, C, H, W]`` mean over the samples.
    """

    low: np.ndarray
    high: np.ndarray
    mean: np.ndarray


def observe(draft: Draft, entries: Iterable[Entry], batches: Sequence[np.ndarray]) -> Dict[Entry, Observed]:
    """Run the batches through the float network and describe the values at ``entries``."""
    wanted: List[Entry] = list(dict.fromkeys(entries))
    if not wanted:
        return {}
    inner = [entry for entry in wanted if entry != ("data", 0)]
    seen: Dict[Entry, Observed] = {}
    executor = None
    if inner:
        symbol = Graph(draft.graph.nodes, inner).to_symbol()
        executor = Executor(symbol, draft.args, draft.auxs, draft.input_shape, backend="none")
    total = sum(len(batch) for batch in batches)
    for batch in _chunks(batches):
        values = dict(zip(inner, executor.all_outputs(batch))) if executor is not None else {}
        values[("data", 0)] = batch
        for entry in wanted:
            _merge(seen, entry, values[entry], total)
    return seen


def _chunks(batches: Sequence[np.ndarray], size: int = 4) -> Iterator[np.ndarray]:
    """Cut batches small: every intermediate value of the network is held at once."""
    for batch in batches:
        for start in range(0, len(batch), size):
            yield batch[start : start + size]


def _merge(seen: Dict[Entry, Observed], entry: Entry, value: np.ndarray, total: int) -> None:
    low, high = value.min(axis=(0, 2, 3)), value.max(axis=(0, 2, 3))
    share = value.sum(axis=0, keepdims=True, dtype=np.float64) / total
    if entry in seen:
        before = seen[entry]
        low, high, share = np.minimum(low, before.low), np.maximum(high, before.high), share + before.mean
    seen[entry] = Observed(low, high, share)


def mean_change(node_attrs: Dict[str, str], mean_input: np.ndarray, weight_change: np.ndarray) -> np.ndarray:
    """Return ``[C]``: how much a convolution's mean output moves when its weights change.

    A convolution is linear, so the mean over samples of its output is its output on the mean input.
    """
    output = mx.nd.Convolution(
        mx.nd.array(mean_input),
        mx.nd.array(weight_change),
        no_bias=True,
        **{key: value for key, value in node_attrs.items() if key not in ("no_bias", "layout", "cudnn_off")},
    )
    return output.asnumpy().mean(axis=(0, 2, 3), dtype=np.float64)
