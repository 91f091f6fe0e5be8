"""What a PyTorch pickle may ask for: storages of plain numbers and strided views of them."""

from typing import Any, Mapping, NamedTuple, Tuple

import numpy as np

BFLOAT16 = "bfloat16"
MOST_AXES = 32
"""NumPy's limit."""
_DTYPES = {
    "FloatStorage": "f4",
    "DoubleStorage": "f8",
    "HalfStorage": "f2",
    "BFloat16Storage": BFLOAT16,
    "LongStorage": "i8",
    "IntStorage": "i4",
    "ShortStorage": "i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "?",
}


class StorageType(NamedTuple):
    """The class of a storage; ``code`` is NumPy's code of its numbers, or `BFLOAT16`."""

    code: str

    @property
    def stored(self) -> np.dtype:
        """How a number lies in the file, in this machine's byte order."""
        return np.dtype("u2" if self.code == BFLOAT16 else self.code)


class Storage(NamedTuple):
    """A row of ``count`` numbers somewhere in the file."""

    kind: StorageType
    key: str
    count: int

    def decode(self, content: bytes, byte_order: str) -> np.ndarray:
        """Return the numbers, [count]; bfloat16 as float32.

        Args:
            byte_order: ``<`` or ``>``.
        """
        stored = self.kind.stored
        values = np.frombuffer(content, stored.newbyteorder(byte_order), self.count).astype(stored, copy=False)
        return (values.astype(np.uint32) << 16).view(np.float32) if self.kind.code == BFLOAT16 else values


class Tensor(NamedTuple):
    """A strided view of a storage; offset and strides count numbers."""

    storage: Storage
    offset: int
    shape: Tuple[int, ...]
    strides: Tuple[int, ...]

    def view(self, values: np.ndarray) -> np.ndarray:
        """Return the view, read-only, of the storage's numbers."""
        strides = [step * values.itemsize for step in self.strides]
        return np.lib.stride_tricks.as_strided(values[self.offset :], self.shape, strides, writeable=False)


def storage_of(saved: Any) -> Storage:
    """Return the storage a persistent id names.

    Raises:
        ValueError: it names none.
    """
    if not isinstance(saved, tuple) or saved[0] != "storage" or len(saved) not in (5, 6):
        raise ValueError("a persistent id that is no storage's")
    kind, key, _, count = saved[1:5]
    if not isinstance(kind, StorageType) or not isinstance(key, str) or not _whole(count):
        raise ValueError("a storage without kind, name or size")
    if saved[5:] not in ((), (None,)):
        raise ValueError("storage '{}' is a part of another".format(key))
    return Storage(kind, key, count)


def _rebuild_tensor(
    storage: Any, offset: Any, shape: Any, strides: Any, _grad: Any, _hooks: Any, metadata: Any = None
) -> Tensor:
    if not isinstance(storage, Storage) or not isinstance(shape, tuple) or not isinstance(strides, tuple):
        raise ValueError("a tensor without storage or shape")
    plain = not metadata and len(shape) == len(strides) <= MOST_AXES
    if not plain or not all(map(_whole, (offset, *shape, *strides))):
        raise ValueError("a tensor that is no plain view of its storage")
    elements, last = 1, offset
    for size, step in zip(shape, strides):
        elements, last = elements * size, last + (size - 1) * step
    if elements > storage.count or (elements and last >= storage.count):
        text = "a tensor of shape {} reaches beyond the {} numbers of storage '{}'"
        raise ValueError(text.format(list(shape), storage.count, storage.key))
    return Tensor(storage, offset, shape, strides)


def _rebuild_parameter(tensor: Any, _grad: Any, _hooks: Any) -> Tensor:
    if not isinstance(tensor, Tensor):
        raise ValueError("a parameter that is no tensor")
    return tensor


def _whole(value: Any) -> bool:
    return type(value) is int and value >= 0


def _ordered_dict() -> "dict[Any, Any]":
    return {}


KNOWN: Mapping[Tuple[str, str], Any] = {
    ("collections", "OrderedDict"): _ordered_dict,
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
    ("torch._utils", "_rebuild_parameter"): _rebuild_parameter,
    **{(module, name): StorageType(code) for module in ("torch", "torch.cuda") for name, code in _DTYPES.items()},
}
"""By module and name in PyTorch; storages of the GPU are read as the others."""
