"""The running mean of a network's weights, which scores better than the last step's."""

from typing import List

import torch
from torch import Tensor, nn


class WeightAverage:
    """Exponential moving average of parameters and batch-norm statistics.

    Args:
        decay: share of the old average kept at each step; less at the start, where the average is still young.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self._decay = decay
        self._live = _values(network)
        self._mean = [value.clone() for value in self._live]
        self._steps = 0

    def update(self) -> None:
        """Take the network's present values in."""
        self._steps += 1
        decay = min(self._decay, self._steps / (self._steps + 9))
        torch._foreach_lerp_(self._mean, self._live, 1 - decay)

    def put_back(self) -> None:
        """Overwrite the network's values by the averages."""
        with torch.no_grad():
            for live, mean in zip(self._live, self._mean):
                live.copy_(mean)


def _values(network: nn.Module) -> List[Tensor]:
    return [value.detach() for value in network.state_dict().values() if value.is_floating_point()]
