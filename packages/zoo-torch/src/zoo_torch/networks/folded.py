"""The weights of a folded network as a file that `load_hrnet` opens again."""

from pathlib import Path

import torch
from safetensors.torch import save

from zoo_common.files import PathLike, atomic_open
from zoo_torch.quantize.graph import FoldedGraph


def save_folded(graph: FoldedGraph, path: PathLike) -> Path:
    """Write weights and biases under the network's own names, in single precision.

    Raises:
        ZooError: the file cannot be written.
    """
    state = {name + ".weight": torch.from_numpy(value).contiguous() for name, value in graph.weights.items()}
    state.update({name + ".bias": torch.from_numpy(value).contiguous() for name, value in graph.biases.items()})
    with atomic_open(path, "wb") as stream:
        stream.write(save(state))
    return Path(path)
