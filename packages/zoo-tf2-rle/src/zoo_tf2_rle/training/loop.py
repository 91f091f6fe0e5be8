"""The training loop: steps in order, checkpoints, journal, progress, and a stop where the loss is no number."""

import time
from pathlib import Path
from typing import Any, Callable, Iterator, List, NamedTuple, Optional

import numpy as np
from tqdm import tqdm

from zoo_common.errors import ZooError
from zoo_common.files import atomic_open
from zoo_tf2_rle.tensorflow2 import tf
from zoo_tf2_rle.training.batches import Batch, Batches, dataset_of
from zoo_tf2_rle.training.state import State
from zoo_tf2_rle.training.step import TrainStep

AHEAD = 4
"""Batches made while the network works on one."""


class Reading(NamedTuple):
    """What a step looked like from outside.

    Attributes:
        loss, gradient, rate: of the step.
        waited: share of the wall time so far in which the network had no batch to work on.
    """

    loss: float
    gradient: float
    rate: float
    waited: float


class Plan(NamedTuple):
    """How long to train, how fast, and what to do on the way.

    Attributes:
        steps: in all.
        rate: learning rate of a step, 0-based.
        save_at: whether to save after so many steps.
        after: called with the number of steps done and what the last one looked like.
        threads: that make batches.
    """

    steps: int
    rate: Callable[[int], float]
    save_at: Callable[[int], bool]
    after: Callable[[int, Reading], None] = lambda steps, reading: None
    threads: int = 2


def train(
    step: TrainStep, batches: Batches, plan: Plan, state: Optional[State], folder: Path, progress: bool = True
) -> List[float]:
    """Train from where the state stands to the end of the plan; return the loss of every step.

    Args:
        state: restored already where it is not None.
        folder: where a batch that ends in no number is saved.

    Raises:
        ZooError: the loss or a gradient stopped being a number, or a picture cannot be read; the state keeps what was
            before.
    """
    losses = state.restore() if state is not None else []
    first = len(losses)
    stream = iter(dataset_of(batches, first, plan.steps, plan.threads, AHEAD))
    start, waited = time.perf_counter(), 0.0
    bar = tqdm(total=plan.steps, initial=first, unit="step", desc="training", disable=not progress, mininterval=5)
    with bar:
        for number in range(first, plan.steps):
            asked = time.perf_counter()
            batch = _next(stream, batches)
            waited += time.perf_counter() - asked
            rate = plan.rate(number)
            outcome = step(batch, rate)
            if not outcome.finite:
                rows = batches.rows
                path = folder / "not-a-number-{}-rows-{}-{}.npz".format(number + 1, rows[0], rows[-1])
                raise ZooError(_stopped(batch, number, outcome.loss, path))
            losses.append(outcome.loss)
            bar.set_postfix(loss="{:.4f}".format(np.mean(losses[-50:])), refresh=False)
            bar.update()
            if state is not None and (plan.save_at(len(losses)) or len(losses) == plan.steps):
                state.save(losses)
            share = waited / (time.perf_counter() - start)
            plan.after(len(losses), Reading(outcome.loss, outcome.gradient, rate, share))
    return losses


def _next(stream: Iterator[Any], batches: Batches) -> Batch:
    try:
        return Batch(*next(stream))
    except tf.errors.OpError:
        if batches.fault is None:
            raise
        raise batches.fault from None


def _stopped(batch: Any, number: int, loss: float, path: Path) -> str:
    with atomic_open(path, "wb") as stream:
        np.savez(stream, **{name: part.numpy() for name, part in batch._asdict().items()})
    return (
        "training stopped at step {}: the loss is {}, or a gradient is no number; its batch is in {}, the last "
        "checkpoint is from before it (a lower TRAIN.LR goes on from there in a new OUTPUT.DIR with --init)".format(
            number + 1, loss, path
        )
    )
