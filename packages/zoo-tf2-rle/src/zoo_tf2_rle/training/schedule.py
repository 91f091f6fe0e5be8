"""Which step does what: how many there are, their learning rates, when to save and when to evaluate."""

from typing import Optional

from zoo_tf2_rle.training.config import Config


class Schedule:
    """The configuration's epochs as steps; an epoch shows everyone about once.

    Args:
        people: number of them.
        steps: instead of the epochs'.
    """

    def __init__(self, config: Config, people: int, steps: Optional[int] = None) -> None:
        self._config = config
        self.epoch = -(-people // config.TRAIN.BATCH_SIZE)
        self.steps = config.TRAIN.EPOCHS * self.epoch if steps is None else steps

    def rate(self, number: int) -> float:
        """Return the learning rate of a step, 0-based: it falls by LR_FACTOR after each of LR_EPOCHS."""
        train = self._config.TRAIN
        epoch = number // self.epoch
        return train.LR * train.LR_FACTOR ** sum(epoch >= limit for limit in train.LR_EPOCHS)

    def save_at(self, done: int) -> bool:
        """Tell whether to save after so many steps."""
        return done % self._config.OPTIONS.SAVE_EVERY == 0 or done % self.epoch == 0

    def evaluate_at(self, done: int) -> bool:
        """Tell whether to evaluate after so many steps: at the end of each EVAL_TERM-th epoch, and of all."""
        term = self._config.EVAL.EVAL_TERM * self.epoch
        return self._config.EVAL.DO_EVAL and (done % term == 0 or done == self.steps)
