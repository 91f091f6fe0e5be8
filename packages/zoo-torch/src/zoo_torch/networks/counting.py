"""How large a network is and how much it works."""

from typing import Any, List, Tuple

import torch
from torch import nn


def count_parameters(network: nn.Module) -> int:
    """Return the number of learned values; running statistics are none."""
    return sum(parameter.numel() for parameter in network.parameters())


def count_multiply_adds(network: nn.Module, input_size: Tuple[int, int]) -> int:
    """Return the multiply-adds of the convolutions for one image, what pose papers call FLOPs.

    HRNet's published GFLOPs are this over 2**30: 7.1 of W32 at 256x192 are 7.645e9 multiply-adds.
    Runs the network once.

    Args:
        input_size: height and width.
    """
    total: List[int] = []

    def count(module: nn.Module, inputs: Any, output: torch.Tensor) -> None:
        total.append(output.numel() * module.weight[0].numel())

    convolutions = [module for module in network.modules() if isinstance(module, nn.Conv2d)]
    handles = [module.register_forward_hook(count) for module in convolutions]
    training = network.training
    try:
        with torch.no_grad():
            network.eval()(torch.zeros(1, 3, *input_size))
    finally:
        network.train(training)
        for handle in handles:
            handle.remove()
    return sum(total)
