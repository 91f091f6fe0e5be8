"""The training loop: a budget of iterations, one seed, no clock."""

import os
from typing import Any, Dict, Iterator, List, Sequence, Tuple

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from zoo_common.errors import ZooError
from zoo_common.training.batches import Batch, batches
from zoo_common.training.people import Person
from zoo_common.training.recipe import Recipe
from zoo_torch.networks.config import STRIDE
from zoo_torch.networks.hrnet import HRNet
from zoo_torch.training.average import WeightAverage
from zoo_torch.training.initialise import initialise

WEIGHT_DECAY = 0.01
"""AdamW's; of convolutions only."""
AVERAGE_DECAY = 0.998


def train(
    network: HRNet, people: Sequence[Person], recipe: Recipe, size: Tuple[int, int], progress: bool = True
) -> List[float]:
    """Initialise ``network`` from the recipe's seed and train it in place on the CPU; its weights end as the average.

    The same recipe, people, library versions, thread count and kind of processor give the same weights bit for bit.

    Args:
        size: ``(height, width)`` of the network's input.

    Returns:
        The loss of every iteration: mean over counted joints of half the squared error summed over the map.

    Raises:
        ZooError: the loss stopped being a number.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(recipe.seed)
    initialise(network)
    network.train().to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(_groups(network), lr=recipe.rate(0), foreach=True)
    average = WeightAverage(network, AVERAGE_DECAY)
    losses: List[float] = []
    stream = batches(people, recipe, size, (size[0] // STRIDE, size[1] // STRIDE))
    with tqdm(total=recipe.iterations, unit="step", desc="training", disable=not progress, mininterval=5) as bar:
        for iteration in range(recipe.iterations):
            for group in optimizer.param_groups:
                group["lr"] = recipe.rate(iteration)
            losses.append(_step(network, optimizer, next(stream)))
            if not np.isfinite(losses[-1]):
                raise ZooError("training: the loss is {} at iteration {}".format(losses[-1], iteration))
            average.update()
            bar.set_postfix(loss="{:.3f}".format(np.mean(losses[-50:])), refresh=False)
            bar.update()
    average.put_back()
    network.eval().to(memory_format=torch.contiguous_format)
    return losses


def _groups(network: nn.Module) -> Iterator[Dict[str, Any]]:
    parameters = list(network.parameters())
    yield {"params": [value for value in parameters if value.dim() > 1], "weight_decay": WEIGHT_DECAY}
    yield {"params": [value for value in parameters if value.dim() <= 1], "weight_decay": 0.0}


def _step(network: HRNet, optimizer: torch.optim.Optimizer, batch: Batch) -> float:
    inputs, targets, weights = (torch.from_numpy(part) for part in batch)
    maps = network(inputs.contiguous(memory_format=torch.channels_last))
    counted = weights.sum().clamp(min=1)
    loss = 0.5 * (((maps - targets) * weights) ** 2).sum() / counted
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return float(loss.detach())
