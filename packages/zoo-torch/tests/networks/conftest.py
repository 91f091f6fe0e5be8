"""A network that is small, and not at its initial values."""

import pytest
import torch

from zoo_torch.networks.hrnet import HRNet, HRNetConfig

TINY = HRNetConfig(width=4, stem=8, modules=(1, 1, 1), blocks=1, bottlenecks=1)


@pytest.fixture
def tiny_network():
    """An HRNet of width 4 with random weights and statistics, in evaluation mode."""
    torch.manual_seed(0)
    network = HRNet(TINY).eval()
    for name, value in network.state_dict().items():
        if name.endswith("running_var"):
            value.uniform_(0.5, 1.5)
        elif value.is_floating_point():
            value.normal_(0, 0.2)
    return network
