"""State dicts out of PyTorch's files without PyTorch: both of its formats, no code of theirs run.

A file cannot make the reader hold more than it holds itself: sizes it states are checked before anything is read.
"""

import io
import zipfile
from typing import IO, Any, Dict, Set

import numpy as np

from zoo_common.errors import ZooError
from zoo_common.files import PathLike
from zoo_tf2_rle.networks.plain_pickle import WantsCodeError, unpickle
from zoo_tf2_rle.networks.torch_tensors import KNOWN, Storage, Tensor, storage_of

ZIP, PICKLE = b"PK\x03\x04", b"\x80"
"""What the files begin with, since PyTorch 1.6 and before."""
_MAGIC, _PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
_WRAPPERS = ("state_dict", "model_state_dict", "model")
_BYTE_ORDERS = {b"little": "<", b"big": ">"}
Numbers = Dict[Storage, np.ndarray]


def read_torch(path: PathLike) -> Dict[str, np.ndarray]:
    """Read the tensors of a state dict, bare or within a training checkpoint.

    Views, shared storages and parameters are resolved; ``module.`` of data-parallel training is taken off.

    Returns:
        Array by name, in the file's order, read-only; bfloat16 as float32, else of the dtype in the file.

    Raises:
        ZooError: no such file; neither of PyTorch's formats, or broken; sizes that do not fit the file; it asks for
            anything but tensors and containers; it holds no state dict.
    """
    try:
        with open(str(path), "rb") as stream:
            zipped = stream.read(len(ZIP)) == ZIP
            return (_read_zip if zipped else _read_legacy)(stream, path)
    except OSError as error:
        absent = error.filename is not None  # else a seek to a place that the file states and does not have
        text = "cannot read {}: {}" if absent else "{}: not a readable PyTorch file ({})"
        raise ZooError(text.format(path, error.strerror or error)) from None
    except WantsCodeError as error:
        text = "{}: refused: the pickle asks for {}, which is neither a tensor nor a container of a state dict"
        raise ZooError(text.format(path, str(error)[:120])) from None
    except ZooError:
        raise
    except Exception as error:  # whatever a broken file makes the readers of its parts raise
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        raise ZooError("{}: not a readable PyTorch file ({})".format(path, reason[:120])) from None


def _read_zip(stream: IO[bytes], path: PathLike) -> Dict[str, np.ndarray]:
    with zipfile.ZipFile(stream) as archive:
        entries = {entry.filename: entry for entry in archive.infolist()}
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries.values()):
            raise ValueError("holds compressed entries, which PyTorch does not write")
        if sum(entry.file_size for entry in archive.infolist()) > stream.seek(0, io.SEEK_END):
            raise ValueError("its entries are larger than the file")
        roots = [name[: -len("data.pkl")] for name in entries if name.count("/") == 1 and name.endswith("/data.pkl")]
        if len(roots) != 1:
            raise ValueError("no data.pkl in it, or several")
        root = roots[0]
        tensors = _state(unpickle(io.BytesIO(archive.read(root + "data.pkl")), KNOWN, storage_of), path)
        order = archive.read(root + "byteorder") if root + "byteorder" in entries else b"little"

        def read(storage: Storage) -> np.ndarray:
            name = "{}data/{}".format(root, storage.key)
            size = entries[name].file_size if name in entries else None
            if size != storage.count * storage.kind.stored.itemsize:
                raise ValueError("storage '{}' is not of the size stated".format(storage.key))
            return storage.decode(archive.read(name), _BYTE_ORDERS[order])

        return _views(tensors, {storage: read(storage) for storage in _wanted(tensors)})


def _read_legacy(stream: IO[bytes], path: PathLike) -> Dict[str, np.ndarray]:
    """Read three headers, the object, the storages' names, and in their order length and numbers of each.

    The numbers are little-endian whatever machine wrote them.
    """
    length = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    storages: Dict[str, Storage] = {}

    def remember(saved: Any) -> Storage:
        storage = storage_of(saved)
        return storages.setdefault(storage.key, storage)

    for header in (_MAGIC, _PROTOCOL):
        if unpickle(stream, {}, storage_of) != header:
            raise ValueError("a pickle, but not PyTorch's")
    unpickle(stream, {}, storage_of)  # byte order and sizes of the machine that wrote it
    tensors = _state(unpickle(stream, KNOWN, remember), path)
    wanted, numbers = _wanted(tensors), {}
    for key in unpickle(stream, {}, storage_of):
        storage = storages[key]
        size = storage.count * storage.kind.stored.itemsize
        if int.from_bytes(stream.read(8), "little") != storage.count or stream.tell() + size > length:
            raise ValueError("storage '{}' is not of the size stated".format(key))
        if storage in wanted:
            numbers[storage] = storage.decode(stream.read(size), "<")
        else:
            stream.seek(size, io.SEEK_CUR)
    return _views(tensors, numbers)


def _wanted(tensors: Dict[str, Tensor]) -> Set[Storage]:
    return {tensor.storage for tensor in tensors.values()}


def _views(tensors: Dict[str, Tensor], numbers: Numbers) -> Dict[str, np.ndarray]:
    return {name: tensor.view(numbers[tensor.storage]) for name, tensor in tensors.items()}


def _state(content: Any, path: PathLike) -> Dict[str, Tensor]:
    """Return the state dict that the file is, or that lies in its training checkpoint."""
    for _ in range(2):
        inner = [content[key] for key in _WRAPPERS if isinstance(content, dict) and isinstance(content.get(key), dict)]
        content = inner[0] if inner else content
    if not isinstance(content, dict) or not content:
        kind = "an empty one" if content == {} else "a {}".format(type(content).__name__)
        raise ZooError("{}: holds {}, not named tensors".format(path, kind))
    for name, value in content.items():
        if not isinstance(name, str):
            raise ZooError("{}: holds {}, not named tensors".format(path, name))
        if not isinstance(value, Tensor):
            raise ZooError("{}: '{}' is a {}, not a tensor".format(path, name, type(value).__name__))
    start = "module." if all(name.startswith("module.") for name in content) else ""
    return {name[len(start) :]: value for name, value in content.items()}
