"""Weights from files other people made: read without running code, checked name by name."""

import io
import pickle
import warnings
import zipfile
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional

import torch
from safetensors.torch import load as load_safetensors
from torch import Tensor

from zoo_common.errors import ZooError
from zoo_common.files import PathLike
from zoo_torch.networks import inert_pickle
from zoo_torch.networks.hrnet import HRNet, HRNetConfig
from zoo_torch.networks.state_shape import describe_state, difference

State = Dict[str, Tensor]
_WRAPPERS = ("state_dict", "model_state_dict", "model")
_NAMED = 3
"""So many faulty names are told; the rest are counted."""


def load_hrnet(path: PathLike, expected: Optional[HRNetConfig] = None, asked_by: str = "the card") -> HRNet:
    """Open an HRNet in evaluation mode, in the form its weights are in: with batch norms, or with them folded.

    Args:
        path: what `read_state` reads.
        expected: the shape the weights must have; absent: any HRNet.
        asked_by: who expects it, for the message.

    Raises:
        ZooError: as `read_state` and `load_state`; the weights are of another network than expected.
    """
    state = read_state(path)
    config, folded = describe_state(state, str(path))
    if expected is not None and config != expected:
        raise ZooError("{}: {}".format(path, difference(config, expected, asked_by)))
    network = HRNet(config, folded=folded)
    load_state(network, state, str(path))
    return network.eval()


def load_state(network: torch.nn.Module, state: Mapping[str, Tensor], source: str) -> None:
    """Fill ``network`` from ``state``: every name present, none left over, every shape equal.

    Raises:
        ZooError: the first missing, unexpected and misshapen names, and how many there are of each.
    """
    wanted = network.state_dict()
    missing = [name for name in wanted if name not in state]
    unexpected = [name for name in state if name not in wanted]
    misshapen = [
        "{} {} where the network has {}".format(name, list(state[name].shape), list(value.shape))
        for name, value in wanted.items()
        if name in state and state[name].shape != value.shape
    ]
    kinds = (("missing", missing), ("unexpected", unexpected), ("of another shape", misshapen))
    faults = [_fault(kind, names) for kind, names in kinds if names]
    if faults:
        raise ZooError("{}: not the weights of this network: {}".format(source, "; ".join(faults)))
    network.load_state_dict(dict(state), strict=True)


def read_state(path: PathLike) -> State:
    """Read named tensors: safetensors, a PyTorch state dict (bare or in a training checkpoint), or a pickled model.

    No code from the file runs: state dicts pass `torch.load`'s ``weights_only``; of a pickled model only tensors and
    containers are rebuilt (`zoo_torch.networks.inert_pickle`). ``module.`` of data-parallel training is taken off.

    Returns:
        Name to tensor; floating point is float32 whatever it was stored as.

    Raises:
        ZooError: no such file; not a weights file, or a broken one; it wants to run code; values that are not finite.
    """
    content = _read_bytes(path)
    state = _plain(_unwrap(_decode(content, path)), path)
    if not state:
        raise ZooError("{}: holds no named tensors".format(path))
    if all(name.startswith("module.") for name in state):
        state = {name[len("module.") :]: value for name, value in state.items()}
    return {name: _widen(name, value, path) for name, value in state.items()}


def _read_bytes(path: PathLike) -> bytes:
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise ZooError("cannot read {}: {}".format(path, error.strerror or error)) from error
    if not content:
        raise ZooError("{}: the file is empty".format(path))
    return content


def _decode(content: bytes, path: PathLike) -> Any:
    if content[8:9] == b"{":  # safetensors: eight bytes of length, then JSON
        try:
            return load_safetensors(content)
        except Exception as error:  # SafetensorError, but of names that are no text UnicodeDecodeError, and more
            raise _unreadable(path, error) from None
    if content[:4] == b"PK\x03\x04" and _is_torchscript(content):
        raise ZooError("{}: a TorchScript program, not weights; save the network's state_dict() instead".format(path))
    if not content.startswith((b"PK", b"\x80")):
        raise ZooError("{}: neither safetensors nor a PyTorch file".format(path))
    # From memory: on a path torch.load would also try tar archives, which it unpacks to disk.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of classes it cannot find: they are not wanted
        try:
            return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
        except pickle.UnpicklingError:
            return _decode_inert(content, path)
        except Exception as error:  # whatever a broken file makes the readers of its parts raise
            raise _unreadable(path, error) from None


def _decode_inert(content: bytes, path: PathLike) -> Any:
    try:
        return torch.load(io.BytesIO(content), map_location="cpu", weights_only=False, pickle_module=inert_pickle)
    except inert_pickle.WantsCode as error:
        raise ZooError(
            "{}: refused: the pickle wants to call {}, which is neither a tensor nor a container; "
            "save the network's state_dict() where the file is trusted and use that".format(path, error)
        ) from None
    except Exception as error:  # as above
        raise _unreadable(path, error) from None


def _is_torchscript(content: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return any(name.endswith("/constants.pkl") for name in archive.namelist())
    except Exception:  # a broken file, which torch.load says in its own words
        return False


def _unwrap(value: Any) -> Any:
    """Find the state dict within a training checkpoint, or the tensors within a pickled model."""
    for _ in range(3):
        if isinstance(value, inert_pickle.Husk):
            return inert_pickle.husk_state(value)
        if not isinstance(value, dict):
            return value
        kept = (value.get(key) for key in _WRAPPERS)
        inner = next((item for item in kept if isinstance(item, (dict, inert_pickle.Husk))), None)
        if inner is None:
            return value
        value = inner
    return value


def _plain(value: Any, path: PathLike) -> State:
    if not isinstance(value, dict):
        raise ZooError("{}: holds a {}, not named tensors".format(path, type(value).__name__))
    for name, tensor in value.items():
        if not isinstance(name, str) or not isinstance(tensor, Tensor):
            raise ZooError("{}: '{}' is a {}, not a tensor".format(path, name, type(tensor).__name__))
    return dict(value)


def _widen(name: str, value: Tensor, path: PathLike) -> Tensor:
    if value.layout != torch.strided or value.is_quantized or value.is_complex():
        raise ZooError("{}: '{}' is not an array of real numbers".format(path, name))
    if not value.is_floating_point():
        return value
    if not bool(torch.isfinite(value).all()):
        raise ZooError("{}: '{}' holds values that are not finite".format(path, name))
    return value.detach().to(torch.float32).contiguous()


def _fault(kind: str, names: List[str]) -> str:
    return "{} {}: {}{}".format(len(names), kind, ", ".join(names[:_NAMED]), ", ..." if names[_NAMED:] else "")


def _unreadable(path: PathLike, error: Exception) -> ZooError:
    reason = str(error).strip().split("\n")[0] or type(error).__name__
    return ZooError("{}: not a readable weights file ({})".format(path, reason[:120]))
