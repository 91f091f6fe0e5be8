"""From a configuration to a trained network: everything built, restored, trained, evaluated and written."""

import contextlib
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional

from zoo_common.coco import CocoDataset
from zoo_common.errors import ZooError
from zoo_common.files import read_json, sha256_file, write_json
from zoo_common.locks import held
from zoo_common.tasks.topdown_regression import TopDownRegression, TopDownRegressionOptions
from zoo_tf2_rle import __version__
from zoo_tf2_rle.networks.checkpoint import load_both, load_network
from zoo_tf2_rle.networks.saving import save_network
from zoo_tf2_rle.source import reference
from zoo_tf2_rle.training.batches import Batches
from zoo_tf2_rle.training.building import build_trainable
from zoo_tf2_rle.training.colours import colours_of
from zoo_tf2_rle.training.config import Config
from zoo_tf2_rle.training.journal import Journal
from zoo_tf2_rle.training.loop import Plan, Reading, train
from zoo_tf2_rle.training.people import People
from zoo_tf2_rle.training.schedule import Schedule
from zoo_tf2_rle.training.state import State
from zoo_tf2_rle.training.step import TrainStep
from zoo_tf2_rle.training.validate import Validation
from zoo_tf2_rle.training.workers import Workers, lost_workers_named

BEST, LAST = "best.h5", "last.h5"
FREE = {"WANDB": True, "OUTPUT": True, "EVAL": True, "TRAIN": {"EPOCHS"}, "OPTIONS": {"SAVE_EVERY", "CACHE_MB"}}
"""What decides nothing about the loss of a step, and may change when a training goes on."""


class Asked(NamedTuple):
    """What the command line adds to the configuration.

    Attributes:
        init: weights to start from.
        steps: instead of TRAIN.EPOCHS.
        threads: that make batches.
        progress: whether to show it.
    """

    init: Optional[Path] = None
    steps: Optional[int] = None
    threads: int = 2
    progress: bool = True


class Session:
    """One training in its folder.

    Args:
        held_back: people to evaluate on; None evaluates nothing.

    Attributes:
        folder: where everything goes.
        waited: share of the wall time in which the network had no batch.

    Raises:
        ZooError: something asked for is not there or does not go together.
    """

    def __init__(
        self, config: Config, people: People, held_back: Optional[CocoDataset], workers: Workers, asked: Asked
    ) -> None:
        self.config, self.workers, self.asked = config, workers, asked
        self.folder = Path(config.OUTPUT.DIR)
        self._batches = Batches(people, config, workers.rows(config.TRAIN.BATCH_SIZE), colours_of(config))
        self.schedule = Schedule(config, people.count, asked.steps)
        strategy = workers.strategy()
        self._trainable = build_trainable(config, strategy)
        network, flow, _ = self._trainable
        if asked.init is not None:
            load_both(network, flow, asked.init)
        self.step = TrainStep(network, flow, config.OPTIONS.REDUCTION, strategy)
        identity = self._identity(people)
        self._state = State(self.folder / config.OUTPUT.CKPT, self.step, identity, workers.chief)
        self._journal = Journal(self.folder, config, workers.chief)
        self._held_back = held_back if workers.chief else None
        self._best: Dict[str, Any] = {}
        self.waited = 0.0

    def _identity(self, people: People) -> Dict[str, Any]:
        deciding = self.config.model_dump(mode="json", exclude=FREE)
        init = self.asked.init
        return {
            "version": __version__,
            "config": deciding,
            "people": people.fingerprint,
            "init": None if init is None else reference(init).sha256,
            "workers": self.workers.count,
        }

    def run(self) -> List[float]:
        """Train to the end; return the loss of every step.

        Raises:
            ZooError: another process trains in the folder, the loss stopped being a number, a worker is gone, or the
                disk is full.
        """
        with contextlib.ExitStack() as alone:
            if self.workers.chief:
                busy = "{}: another process is training here".format(self.folder)
                alone.enter_context(held(self.folder / ".lock", busy))
            return self._run()

    def _run(self) -> List[float]:
        self._best = self._best_so_far()
        plan = Plan(self.schedule.steps, self.schedule.rate, self.schedule.save_at, self._after, self.asked.threads)
        with lost_workers_named(self.workers, self.folder):
            losses = train(self.step, self._batches, plan, self._state, self.folder, self.asked.progress)
            self._trainable.refresh()
        if self.workers.chief:
            save_network(self._trainable.plain, self.folder / LAST)
            self._finish()
        self._journal.close()
        return losses

    def _after(self, done: int, reading: Reading) -> None:
        self.waited = reading.waited
        scalars = {"loss": reading.loss, "gradient": reading.gradient, "learning_rate": reading.rate}
        self._journal.add(done, dict(scalars, waited=reading.waited))
        if self.schedule.evaluate_at(done):
            self._trainable.refresh()
            if self._held_back is not None:
                self._evaluate(done)

    def _evaluate(self, done: int) -> None:
        found = self.ap(flip=False)
        self._journal.add(done, {"AP": found})
        print("step {}: AP {:.4f} without flip".format(done, found), flush=True)
        if found > self._best.get("AP", -1.0):
            save_network(self._trainable.plain, self.folder / BEST)
            self._best = {"AP": found, "step": done, "sha256": sha256_file(self.folder / BEST)}
            write_json(self.folder / "best.json", self._best)

    def _best_so_far(self) -> Dict[str, Any]:
        path = self.folder / "best.json"
        found = read_json(path) if path.exists() else {}
        whole = (self.folder / BEST).exists() and found.get("sha256") == sha256_file(self.folder / BEST)
        return found if whole else {}

    def _finish(self) -> None:
        if self._held_back is None:
            return
        if self._best:
            load_network(self._trainable.plain, self.folder / BEST)
        flip = self.config.EVAL.FLIP_TEST
        message = "{}: AP {:.4f} {} flip, of step {}"
        name = self.folder / (BEST if self._best else LAST)
        done = self._best.get("step", self.schedule.steps)
        print(message.format(name, self.ap(flip), "with" if flip else "without", done), flush=True)

    def ap(self, flip: bool) -> float:
        """Return the AP of the network as it is."""
        if self._held_back is None:
            raise ZooError("nobody is held back to evaluate on")
        options = TopDownRegressionOptions(**dict(self.config.task_options(), flip_test=flip))
        return Validation(self._held_back, TopDownRegression(options), self.config.EVAL.BATCH_SIZE).ap(
            self._trainable.plain
        )
