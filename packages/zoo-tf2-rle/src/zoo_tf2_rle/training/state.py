"""What an interrupted training goes on from: network, flow, optimiser and step in a checkpoint, losses in a file."""

import contextlib
import json
import shutil
from pathlib import Path
from typing import Any, Dict, List, Optional

from zoo_common.errors import ZooError
from zoo_common.files import atomic_open, read_json, write_json
from zoo_common.runs.manifest import differences
from zoo_tf2_rle.tensorflow2 import tf
from zoo_tf2_rle.training.step import TrainStep

KEPT = 2
"""Checkpoints: the last one, and the one before in case of need."""


class State:
    """The state of a training in a folder that belongs to it.

    Args:
        folder: of the checkpoints.
        step: whose state it is.
        identity: all that decides the losses, as JSON; a folder with another one is not touched.
        chief: whether this worker writes.

    Raises:
        ZooError: the folder belongs to another training, or cannot be written.
    """

    def __init__(self, folder: Path, step: TrainStep, identity: Dict[str, Any], chief: bool = True) -> None:
        self.folder, self._chief = folder, chief
        self._shared = step.strategy.num_replicas_in_sync > 1
        # Under this name `load_network`, given this folder, takes it for no weight.
        self.done = tf.Variable(0, trainable=False, dtype=tf.int64, name="iteration")
        parts = {"network": step.network, "optimizer": step.optimizer, "done": self.done}
        if step.flow is not None:
            parts["flow"] = step.flow
        self._checkpoint = tf.train.Checkpoint(**parts)
        own = folder if chief else folder / "worker-{}".format(_task_id(step))
        try:
            self._manager = tf.train.CheckpointManager(self._checkpoint, str(own), max_to_keep=KEPT)
        except ValueError:
            raise self._lost() from None
        self._losses = folder / "losses.jsonl"
        self._adopt(identity)

    def _adopt(self, identity: Dict[str, Any]) -> None:
        file = self.folder / "training.json"
        if file.exists():
            found = differences(read_json(file), identity)
            if found:
                raise ZooError(
                    "{}: of another training; choose another OUTPUT.DIR (--out): {}".format(file, "; ".join(found[:5]))
                )
        elif self._chief:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise ZooError("cannot write {}: {}".format(self.folder, error.strerror or error)) from error
            write_json(file, identity)

    def restore(self) -> List[float]:
        """Take the last checkpoint over; return the losses of the steps before it, none without one.

        Raises:
            ZooError: the checkpoint is damaged.
        """
        latest = tf.train.latest_checkpoint(str(self.folder))
        if latest is None and (self.folder / "checkpoint").exists():
            raise self._lost()
        if latest is None:
            return []
        try:
            self._checkpoint.restore(latest).assert_consumed()
        except (tf.errors.OpError, AssertionError, IndexError, RuntimeError, ValueError) as error:
            message = "{}: a damaged checkpoint ({}); remove it to start over"
            raise ZooError(message.format(latest, str(error).splitlines()[0][:120])) from None
        done = int(self.done.numpy())
        losses = _read_losses(self._losses, done)
        if len(losses) != done:
            message = "{}: holds the losses of {} steps, the checkpoint is of step {}; remove {} to start over"
            raise ZooError(message.format(self._losses, len(losses), done, self.folder))
        return losses

    def _lost(self) -> ZooError:
        message = "{}: damaged, or the checkpoint it names is gone; remove {} to start over"
        return ZooError(message.format(self.folder / "checkpoint", self.folder))

    def save(self, losses: List[float]) -> None:
        """Write the state after these losses; every worker calls it, one writes where the others look.

        Raises:
            ZooError: the disk is full or cannot be written.
        """
        self.done.assign(len(losses))
        try:
            if self._chief:
                _write_losses(self._losses, losses)
            self._manager.save(checkpoint_number=len(losses))
            if not self._chief:
                shutil.rmtree(self._manager.directory, ignore_errors=True)
        except (OSError, tf.errors.OpError) as error:
            if self._shared and isinstance(error, tf.errors.OpError):
                raise  # of another worker
            raise ZooError("cannot write {}: {}".format(self.folder, str(error).splitlines()[0])) from error


def _task_id(step: TrainStep) -> int:
    resolver: Optional[Any] = step.strategy.cluster_resolver
    return resolver.task_id if resolver is not None else 0


def _read_losses(path: Path, count: int) -> List[float]:
    found: List[float] = []
    with contextlib.suppress(OSError, ValueError), path.open(encoding="ascii") as stream:
        for line in stream:
            if len(found) == count:
                break
            found.append(float(json.loads(line)["loss"]))
    return found


def _write_losses(path: Path, losses: List[float]) -> None:
    """Write all of them: what a broken run left behind goes."""
    with atomic_open(path) as stream:
        for number, loss in enumerate(losses, 1):
            stream.write('{{"step": {}, "loss": {!r}}}\n'.format(number, loss))
