"""An endless, seeded stream of training batches."""

from typing import Iterator, NamedTuple, Sequence, Tuple

import numpy as np

from zoo_common.crops import Normaliser
from zoo_common.training.people import Person
from zoo_common.training.recipe import Recipe
from zoo_common.training.targets import gaussian_maps
from zoo_common.training.views import random_view


class Batch(NamedTuple):
    """One step's data.

    Attributes:
        inputs: float32 ``[N, 3, H, W]``.
        targets: float32 ``[N, 17, h, w]``.
        weights: float32 ``[N, 17, 1, 1]``, 1 for a joint that counts, else 0.
    """

    inputs: np.ndarray
    targets: np.ndarray
    weights: np.ndarray


def batches(people: Sequence[Person], recipe: Recipe, size: Tuple[int, int], maps: Tuple[int, int]) -> Iterator[Batch]:
    """Yield batches for ever; each person comes once in every pass, in an order drawn anew.

    Args:
        size: ``(height, width)`` of the network's input.
        maps: ``(height, width)`` of its heatmaps, in the same proportion.
    """
    random = np.random.default_rng(recipe.seed)
    normalise = Normaliser(recipe.mean, recipe.std)
    order: np.ndarray = np.zeros(0, np.int64)
    while True:
        while len(order) < recipe.batch_size:
            order = np.concatenate([order, random.permutation(len(people))])
        chosen, order = order[: recipe.batch_size], order[recipe.batch_size :]
        inputs = np.empty((len(chosen), 3) + size, np.float32)
        joints = np.empty((len(chosen), 17, 2), np.float32)
        counted = np.empty((len(chosen), 17), np.float32)
        for row, index in enumerate(chosen):
            crop, joints[row], counted[row] = random_view(people[index], recipe, size, random)
            normalise(crop, inputs[row])
        targets = gaussian_maps(joints, maps, size[0] / maps[0], recipe.sigma)
        yield Batch(inputs, targets, counted[:, :, None, None])
