"""Writing a trained network: whole files, and beside them how they came about."""

import platform
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any, Dict, Sequence

import numpy as np
from mxnet import gluon

from zoo_common.files import PathLike, atomic_open, sha256_file, write_json
from zoo_mxnet.training.recipe import Recipe

DISTRIBUTIONS = ("zoo-mxnet", "zoo-common", "mxnet", "numpy", "opencv-python-headless")


def save_exported(network: gluon.HybridBlock, folder: PathLike, name: str) -> Dict[str, str]:
    """Write ``<name>-symbol.json`` and ``<name>-0000.params``, MXNet's export format.

    Returns:
        SHA-256 by file name.

    Raises:
        ZooError: the folder cannot be written or the disk is full.
    """
    hashes = {}
    with tempfile.TemporaryDirectory() as scratch:
        network.export(str(Path(scratch) / name), epoch=0)
        for source in Path(scratch).iterdir():
            target = Path(folder) / source.name
            with atomic_open(target, "wb") as stream:
                stream.write(source.read_bytes())
            hashes[target.name] = sha256_file(target)
    return dict(sorted(hashes.items()))


def save_record(
    path: PathLike,
    files: Dict[str, str],
    recipe: Recipe,
    data: Dict[str, Any],
    losses: Sequence[float],
    machine: Dict[str, Any],
) -> None:
    """Write the training record: recipe, data, loss curve, versions, and the hashes of the files it describes.

    Args:
        files: SHA-256 by file name, as `save_exported` returns it.
        data: what was trained on.
        machine: threads, wall time; what may differ between two runs of the recipe.
    """
    curve = [round(float(np.mean(part)), 4) for part in np.array_split(losses, min(20, len(losses)))]
    versions = {name: version(name) for name in DISTRIBUTIONS}
    write_json(
        path,
        {
            "data": data,
            "files": files,
            "loss": {"iterations": len(losses), "mean_of_each_twentieth": curve},
            "machine": machine,
            "recipe": recipe.model_dump(mode="json"),
            "versions": dict(versions, python=platform.python_version()),
        },
    )
