"""What zoo-tf2-rle reads."""

import io
import zipfile
from pathlib import Path
from random import Random

import numpy as np

from fuzz.byte_changes import change_bytes
from fuzz.target import Target, read_files
from zoo_tf2_rle.networks.checkpoint import load_network
from zoo_tf2_rle.networks.regression import build
from zoo_tf2_rle.networks.torch_file import read_torch
from zoo_tf2_rle.networks.weight_files import read_weights
from zoo_tf2_rle.tensorflow2 import tf
from zoo_tf2_rle.training.config import read_config

PACKAGE = Path(__file__).resolve().parents[2] / "packages" / "zoo-tf2-rle"
VECTORS = PACKAGE / "tests" / "networks" / "vectors"
SIZE = (64, 48)


class TorchFile(Target):
    """PyTorch's two formats, read without PyTorch."""

    def __init__(self, scratch: Path) -> None:
        super().__init__(scratch)
        self.files = {"w.pth": (VECTORS / "tiny.pth").read_bytes()}
        self.variants = {"w.pth": [(VECTORS / "tiny-legacy.pth").read_bytes()]}

    def change(self, random: Random, name: str, content: bytes) -> bytes:
        """Change bytes, or one entry of a zip file that stays whole."""
        if content[:4] != b"PK\x03\x04" or random.randrange(3) == 0:
            return change_bytes(random, content, self.variants[name])
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = {entry: archive.read(entry) for entry in archive.namelist()}
        names = sorted(entries)
        changed = random.choice([entry for entry in names if entry.endswith("data.pkl")] * len(names) + names)
        entries[changed] = change_bytes(random, entries[changed])
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            for entry, data in entries.items():
                archive.writestr(entry, data)
        return stream.getvalue()

    def read(self, folder: Path, random: Random) -> None:
        """Read, and touch every number: views reach nowhere else."""
        for value in read_torch(folder / "w.pth").values():
            np.asarray(value).sum()


class Weights(Target):
    """HDF5, and checkpoints of TensorFlow, into the light network."""

    def __init__(self, scratch: Path) -> None:
        super().__init__(scratch)
        self._network = build("light_residual", SIZE)
        self._network.save_weights(str(scratch / "w.h5"))
        tf.train.Checkpoint(model=self._network).write(str(scratch / "checkpoint" / "w"))
        self.files = read_files(scratch)

    def read(self, folder: Path, random: Random) -> None:
        """Read, or load."""
        path = folder / random.choice(("w.h5", "w.h5", "checkpoint/w"))
        if random.randrange(2):
            read_weights(path)
        else:
            load_network(self._network, path)


class Config(Target):
    """The YAML of a training."""

    def __init__(self, scratch: Path) -> None:
        super().__init__(scratch)
        found = [path.read_bytes() for path in sorted(PACKAGE.glob("config/*.yaml"))]
        self.files = {"train.yaml": found[0]}
        self.variants = {"train.yaml": found[1:]}

    def read(self, folder: Path, random: Random) -> None:
        """Read it."""
        read_config(folder / "train.yaml")
