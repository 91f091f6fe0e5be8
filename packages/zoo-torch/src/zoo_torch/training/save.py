"""Writing a trained network: whole files."""

from typing import Dict

import torch
from safetensors.torch import save
from torch import nn

from zoo_common.errors import ZooError
from zoo_common.files import PathLike, atomic_open, sha256_file


def save_half(network: nn.Module, path: PathLike) -> Dict[str, str]:
    """Write a network's state dict as safetensors, floating point in half precision.

    Returns:
        SHA-256 by file name.

    Raises:
        ZooError: a value does not fit half precision, the folder cannot be written or the disk is full.
    """
    state = {}
    for name, value in network.state_dict().items():
        kept = value.detach().contiguous()
        if kept.is_floating_point():
            kept = kept.to(torch.float16)
            if not bool(torch.isfinite(kept).all()):
                raise ZooError("{}: '{}' does not fit half precision".format(path, name))
        state[name] = kept
    content = save(state, metadata={"format": "pt"})
    with atomic_open(path, "wb") as stream:
        stream.write(content)
    return {str(path).rsplit("/", maxsplit=1)[-1]: sha256_file(path)}
