"""Where an interrupted training goes on from."""

import contextlib
import zipfile
from pathlib import Path
from typing import Any, List

import numpy as np

from zoo_common.artifacts import cache_dir
from zoo_common.files import atomic_open, canonical_json, sha256_text
from zoo_tf1.tensorflow1 import tf

EVERY = 200
"""Iterations between two snapshots."""
_LOSSES = "losses"


class Snapshot:
    """Every variable of a training, and its losses so far, in one file that is whole or not there.

    Args:
        path: of the file, an ``.npz``; belongs to this one training.
        every: iterations between two snapshots.
    """

    def __init__(self, path: Path, every: int = EVERY) -> None:
        self.path = path
        self._every = every

    @classmethod
    def of(cls, name: str, identity: Any) -> "Snapshot":
        """Return the one in the user's cache that belongs to all that decides the outcome, a JSON value."""
        key = sha256_text(canonical_json(identity))[:16]
        return cls(cache_dir() / "training" / "{}-{}.npz".format(name, key))

    def is_due(self, iterations: int) -> bool:
        """Tell whether to save after that many iterations."""
        return iterations % self._every == 0

    def save(self, session: Any, losses: List[float]) -> None:
        """Write the state after ``losses``.

        Raises:
            ZooError: the folder cannot be written or the disk is full.
        """
        variables = {variable.op.name: variable for variable in tf.global_variables()}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_open(self.path, "wb") as stream:
            np.savez(stream, **{_LOSSES: np.asarray(losses, np.float64)}, **session.run(variables))

    def restore(self, session: Any) -> List[float]:
        """Take the state over; return the losses before it: none where nothing usable was saved."""
        try:
            with np.load(str(self.path), allow_pickle=False) as saved:
                state = {name: saved[name] for name in saved.files}
        except (OSError, ValueError, zipfile.BadZipFile):
            return []
        variables = tf.global_variables()
        if set(state) != {_LOSSES, *(variable.op.name for variable in variables)}:
            return []
        values = {variable.initializer.inputs[1]: state[variable.op.name] for variable in variables}
        session.run([variable.initializer for variable in variables], values)
        return state[_LOSSES].tolist()

    def remove(self) -> None:
        """Forget it."""
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()
