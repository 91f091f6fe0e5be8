"""Named arrays out of HDF5 files, TensorFlow checkpoints, SavedModels and PyTorch files. No code from them runs."""

import re
from pathlib import Path
from typing import Any, Dict, List, Tuple

import h5py
import numpy as np
from tensorflow.core.protobuf.trackable_object_graph_pb2 import TrackableObjectGraph

from zoo_common.errors import ZooError
from zoo_common.files import PathLike
from zoo_tf2_rle.networks.torch_file import PICKLE, ZIP, read_torch
from zoo_tf2_rle.networks.torch_names import in_keras
from zoo_tf2_rle.tensorflow2 import tf

HDF5 = b"\x89HDF\r\n\x1a\n"
OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
_OPTIMIZER = re.compile(r"(^|/)(optimizer|save_counter|\.OPTIMIZER_SLOT)(/|$)")
Named = Dict[str, np.ndarray]


def read_weights(path: PathLike) -> Named:
    """Read every variable of a file.

    Args:
        path: an ``.h5`` of ``save_weights`` or ``save``, a SavedModel folder, a folder of checkpoints (the latest
            counts), a checkpoint's prefix or ``.index`` file, or a PyTorch file in the official repository's layout.

    Returns:
        Array by the variable's full name without ``:0``, in the file's order; an optimiser's own are left out where
        the file says which they are.

    Raises:
        ZooError: no such file, none of these, or broken.
    """
    found = Path(path)
    if found.is_dir():
        return _read_checkpoint(_prefix_in(found), path)
    prefix = found.with_suffix("") if found.suffix == ".index" else found
    if Path(str(prefix) + ".index").is_file():
        return _read_checkpoint(str(prefix), path)
    try:
        with open(str(path), "rb") as stream:
            start = stream.read(len(HDF5))
    except OSError as error:
        raise ZooError("cannot read {}: {}".format(path, error.strerror or error)) from error
    if start.startswith((ZIP, PICKLE)):
        return in_keras(read_torch(path))
    if start != HDF5:
        raise ZooError("{}: neither HDF5 nor a TensorFlow checkpoint, SavedModel or PyTorch file".format(path))
    return _read_hdf5(path)


def _prefix_in(folder: Path) -> str:
    if (folder / "saved_model.pb").is_file():
        return str(folder / "variables" / "variables")
    prefix = tf.train.latest_checkpoint(str(folder))
    if prefix is None:
        raise ZooError("{}: neither a SavedModel nor a folder of checkpoints".format(folder))
    return prefix


def _read_hdf5(path: PathLike) -> Named:
    try:
        with h5py.File(str(path), "r") as file:
            root = file.get("model_weights", file)
            found: Named = {}
            for layer in _texts(root.attrs["layer_names"]):
                for name in _texts(root[layer].attrs["weight_names"]):
                    found[name.split(":")[0]] = np.asarray(root[layer][name])
            return found
    except (OSError, KeyError, ValueError) as error:
        raise _unreadable(path, error) from None


def _texts(names: Any) -> List[str]:
    return [name.decode("utf-8") if isinstance(name, bytes) else str(name) for name in names]


def _read_checkpoint(prefix: str, path: PathLike) -> Named:
    try:
        reader = tf.train.load_checkpoint(prefix)
        if not reader.has_tensor(OBJECT_GRAPH):
            return {name: np.asarray(reader.get_tensor(name)) for name in sorted(reader.get_variable_to_shape_map())}
        return {name: np.asarray(reader.get_tensor(key)) for name, key in _keys(reader.get_tensor(OBJECT_GRAPH))}
    except (tf.errors.OpError, IndexError, RuntimeError, ValueError) as error:
        raise _unreadable(path, error) from None


def _keys(serialised: bytes) -> List[Tuple[str, str]]:
    graph = TrackableObjectGraph()
    graph.ParseFromString(serialised)
    items = [item for node in graph.nodes for item in node.attributes if item.full_name]
    return [(item.full_name, item.checkpoint_key) for item in items if not _OPTIMIZER.search(item.checkpoint_key)]


def _unreadable(path: PathLike, error: Exception) -> ZooError:
    reason = str(error).strip().strip("'\"").split("\n")[0] or type(error).__name__
    return ZooError("{}: not a readable weights file ({})".format(path, reason[:120]))
