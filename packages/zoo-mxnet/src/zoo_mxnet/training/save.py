"""Writing a trained network: whole files."""

import tempfile
from pathlib import Path
from typing import Dict

from mxnet import gluon

from zoo_common.files import PathLike, atomic_open, sha256_file


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
