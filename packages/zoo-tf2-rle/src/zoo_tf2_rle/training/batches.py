"""The stream of training batches: what the n-th holds depends on the seed and on n alone."""

from typing import Any, Callable, NamedTuple, Optional

import numpy as np

from zoo_common.crops import Normaliser, warp, warp_nearest
from zoo_common.errors import ZooError
from zoo_common.tasks.topdown_regression import TopDownRegressionOptions
from zoo_common.training.order import VIEWS, chosen
from zoo_tf2_rle.training.config import Config
from zoo_tf2_rle.training.people import People
from zoo_tf2_rle.training.views import random_view


class Batch(NamedTuple):
    """One step's data.

    Attributes:
        images: float32 [N, H, W, 3], normalised.
        targets: float32 [N, 17, 2], x and y; the crop reaches from -0.5 to 0.5.
        weights: float32 [N, 17, 2], 0 where nothing is taught.
    """

    images: np.ndarray
    targets: np.ndarray
    weights: np.ndarray


class Batches:
    """Random views of people.

    Args:
        people: whom to show; everyone comes once in each pass.
        config: how.
        rows: which rows of each batch to make, of ``TRAIN.BATCH_SIZE``; a worker makes its own alone.
        colours: changes the crops' colours, uint8 BGR [H, W, 3] and a seed to the like.

    Attributes:
        rows: as given.
        size: height and width of the crops.
        fault: why `dataset_of` could not make a batch; TensorFlow's own error buries it.
    """

    def __init__(
        self,
        people: People,
        config: Config,
        rows: Optional[range] = None,
        colours: Optional[Callable[[np.ndarray, int], np.ndarray]] = None,
    ) -> None:
        options = TopDownRegressionOptions(**config.task_options())
        self._people, self._config, self._colours = people, config, colours
        self._count = config.TRAIN.BATCH_SIZE
        self.rows = range(self._count) if rows is None else rows
        self.size = options.input_size
        self.fault: Optional[ZooError] = None
        self._warp = warp_nearest if options.interpolation == "nearest" else warp
        self._normalise = Normaliser(options.mean, options.std, options.color, options.scale)
        self._mirror = np.array(config.AUG.KP_FLIP)

    def __call__(self, number: int) -> Batch:
        """Return a batch."""
        count = len(self.rows)
        batch = Batch(
            np.empty((count, *self.size, 3), np.float32),
            np.empty((count, 17, 2), np.float32),
            np.empty((count, 17, 2), np.float32),
        )
        for place, row in enumerate(self.rows):
            seed = self._config.OPTIONS.SEED
            person = chosen(seed, number * self._count + row, self._people.count)
            self._fill(person, np.random.default_rng([seed, VIEWS, number, row]), batch, place)
        return batch

    def _fill(self, person: int, random: np.random.Generator, batch: Batch, place: int) -> None:
        people, config = self._people, self._config
        joints, labelled = people.joints[person], people.labelled[person]
        looks = (config.AUG, config.OPTIONS)
        view = random_view(people.centre[person], people.scale[person], joints, labelled, looks, self.size, random)
        crop = self._warp(people.read(person), view.matrix, self.size)
        joints = joints @ view.matrix[:, :2].T + view.matrix[:, 2]
        height, width = self.size
        if view.mirrored:
            crop = np.ascontiguousarray(crop[:, ::-1])
            joints, labelled = joints[self._mirror], labelled[self._mirror]
            joints[:, 0] = width - 1 - joints[:, 0]
        if self._colours is not None:
            crop = self._colours(crop, int(random.integers(2**31)))
        if config.OPTIONS.OUTSIDE == "ignored":
            labelled = labelled & ((joints >= 0) & (joints < (width, height))).all(axis=1)
        self._normalise(crop, batch.images[place].transpose(2, 0, 1))
        batch.targets[place] = np.where(labelled[:, None], joints / (width, height) - 0.5, 0)
        batch.weights[place] = labelled[:, None]


def dataset_of(batches: Batches, first: int, last: int, threads: int, ahead: int) -> Any:
    """Return batches ``first`` to ``last - 1``, in order, as a ``tf.data.Dataset`` of the arrays of `Batch`.

    Pictures are read and cut by the code of the evaluation, so the crops are its crops to the bit; TensorFlow's own
    operations would take twice the time for that. The data's position is the number of the batch: nothing else needs
    saving.

    Args:
        threads: that make batches.
        ahead: batches made in advance.
    """
    from zoo_tf2_rle.tensorflow2 import tf

    def make(number: np.ndarray) -> Batch:
        try:
            return batches(int(number))
        except ZooError as error:
            batches.fault = error
            raise

    shapes = [(len(batches.rows), *batches.size, 3)] + 2 * [(len(batches.rows), 17, 2)]

    def made(number: Any) -> Any:
        parts = tf.numpy_function(make, [number], [tf.float32] * 3, stateful=False)
        for part, shape in zip(parts, shapes):
            part.set_shape(shape)
        return tuple(parts)

    return tf.data.Dataset.range(first, last).map(made, threads, deterministic=True).prefetch(ahead)
