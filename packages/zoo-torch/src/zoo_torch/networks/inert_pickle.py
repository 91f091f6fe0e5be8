"""Reading the tensors of a pickled model without running its code.

A pickled `torch.nn.Module` names classes (``models.pose_hrnet.HighResolutionModule``) and, on ordinary loading,
imports and runs whatever it names. Here every class that is not a tensor or a plain container becomes an empty
`Husk` that only keeps its attributes; nothing is imported, and a file that wants any other call is refused.
The module stands in for `pickle` in ``torch.load(..., pickle_module=inert_pickle)``.
"""

import collections
import pickle
from typing import Any, Callable, Dict, Mapping, Tuple

import torch
from torch import Tensor
from torch._utils import _rebuild_parameter, _rebuild_tensor, _rebuild_tensor_v2

SAFE: Mapping[Tuple[str, str], Callable[..., Any]] = {
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("builtins", "set"): set,
    ("builtins", "frozenset"): frozenset,
    ("builtins", "dict"): dict,
    ("builtins", "list"): list,
    ("__builtin__", "set"): set,
    ("torch", "Size"): torch.Size,
    ("torch", "device"): torch.device,
    ("torch._utils", "_rebuild_tensor"): _rebuild_tensor,
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor_v2,
    ("torch._utils", "_rebuild_parameter"): _rebuild_parameter,
}
"""All that may be called: containers, and the constructors of tensors. None of them reaches a file or a process."""


class WantsCode(pickle.UnpicklingError):
    """The pickle calls something that is neither a container nor the constructor of a tensor."""


class _HuskType(type):
    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        raise WantsCode(cls.__name__)


class Husk(metaclass=_HuskType):
    """An object of a class that was not imported: its attributes and nothing else."""

    def __new__(cls, *args: Any, **kwargs: Any) -> "Husk":
        return object.__new__(cls)

    def __setstate__(self, state: Any) -> None:
        if isinstance(state, dict):
            vars(self).update(state)


class Unpickler(pickle.Unpickler):
    """`pickle.Unpickler` that imports nothing."""

    def find_class(self, module: str, name: str) -> Any:
        """Return the container or constructor of that name, a dtype, or a class without behaviour."""
        if (module, name) in SAFE:
            return SAFE[module, name]
        if module == "torch" and isinstance(getattr(torch, name, None), torch.dtype):
            return getattr(torch, name)
        return _HuskType("{}.{}".format(module, name), (Husk,), {})


def load(stream: Any, **options: Any) -> Any:
    """`pickle.load` by the `Unpickler` above."""
    return Unpickler(stream, **options).load()


def husk_state(root: Husk) -> Dict[str, Tensor]:
    """Return what ``state_dict()`` of the module would have returned: its parameters and persistent buffers by name."""
    state: Dict[str, Tensor] = {}
    _collect(root, "", state, depth=0)
    return state


def _collect(module: Any, prefix: str, state: Dict[str, Tensor], depth: int) -> None:
    if depth > 32:
        raise pickle.UnpicklingError("modules nested deeper than 32")
    content = vars(module) if isinstance(module, Husk) else {}
    passing = content.get("_non_persistent_buffers_set", ())
    for kind in ("_parameters", "_buffers"):
        for name, value in _entries(content, kind):
            if isinstance(value, Tensor) and name not in passing:
                state[prefix + name] = value.detach()
    for name, child in _entries(content, "_modules"):
        _collect(child, "{}{}.".format(prefix, name), state, depth + 1)


def _entries(content: Mapping[str, Any], kind: str) -> Any:
    held = content.get(kind)
    return list(held.items()) if isinstance(held, dict) else []
