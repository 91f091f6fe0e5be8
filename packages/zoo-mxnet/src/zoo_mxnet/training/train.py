"""The training loop: a budget of iterations, one seed, no clock."""

from typing import List, Sequence, Tuple

import mxnet as mx
import numpy as np
from mxnet import autograd, gluon
from tqdm import tqdm

from zoo_common.errors import ZooError
from zoo_common.training.batches import Batch, batches
from zoo_common.training.people import Person
from zoo_common.training.recipe import Recipe


def train(
    network: gluon.HybridBlock,
    people: Sequence[Person],
    recipe: Recipe,
    size: Tuple[int, int],
    progress: bool = True,
) -> List[float]:
    """Initialise ``network`` from the recipe's seed and train it in place on the CPU.

    The same recipe, people, library versions, thread count and kind of processor give the same weights bit for bit.

    Args:
        size: ``(height, width)`` of the network's input.

    Returns:
        The loss of every iteration: mean over counted joints of half the squared error summed over the map.

    Raises:
        ZooError: the loss stopped being a number.
    """
    mx.random.seed(recipe.seed)
    np.random.seed(recipe.seed)  # some of MXNet's initialisers draw from it
    network.initialize(mx.init.Xavier(rnd_type="gaussian", factor_type="in", magnitude=2), force_reinit=True)
    maps = network(mx.nd.zeros((1, 3) + size)).shape[2:]  # settles deferred shapes, in the order of the layers
    network.hybridize(static_alloc=True, static_shape=True)
    trainer = gluon.Trainer(network.collect_params(), "adam", {"learning_rate": recipe.rate(0)})
    losses: List[float] = []
    stream = batches(people, recipe, size, maps)
    with tqdm(total=recipe.iterations, unit="step", desc="training", disable=not progress) as bar:
        for iteration in range(recipe.iterations):
            trainer.set_learning_rate(recipe.rate(iteration))
            losses.append(_step(network, trainer, next(stream)))
            if not np.isfinite(losses[-1]):
                raise ZooError("training: the loss is {} at iteration {}".format(losses[-1], iteration))
            bar.set_postfix(loss="{:.3f}".format(np.mean(losses[-50:])), refresh=False)
            bar.update()
    # A statically allocated graph hides from the engine that its backward pass writes the running statistics:
    # whoever copies them without waiting may get those of one step earlier.
    mx.nd.waitall()
    return losses


def _step(network: gluon.HybridBlock, trainer: gluon.Trainer, batch: Batch) -> float:
    inputs, targets, weights = (mx.nd.array(part) for part in batch)
    with autograd.record():
        maps = network(inputs)
    # The loss's gradient by hand: MXNet's would also find that of the weights, at the price of a whole layer.
    error = (maps - targets) * weights
    counted = mx.nd.maximum(weights.sum(), 1)
    maps.backward(error * (1 / counted))
    trainer.step(1)
    return float((0.5 * mx.nd.square(error).sum() / counted).asscalar())
