"""Small networks for the tests of quantization."""

import numpy as np
import torch
from torch import nn

from zoo_torch.networks.hrnet import HRNet, HRNetConfig

SHAPE = (3, 64, 64)


def lively(model, seed=0):
    """Give a network weights and statistics under which its activations neither vanish nor explode."""
    torch.manual_seed(seed)
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.3, 0.7)
            nn.init.normal_(module.bias, std=0.2)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
            nn.init.normal_(module.running_mean, std=0.1)
    return model.eval()


def tiny_hrnet(width=4):
    """Return an HRNet with one block a branch."""
    return lively(HRNet(HRNetConfig(width=width, num_joints=3, stem=8, modules=(1, 1, 1), blocks=1, bottlenecks=1)))


def images(count=2, seed=0, shape=SHAPE):
    """Return float32 [count, 3, H, W]."""
    return np.random.RandomState(seed).randn(count, *shape).astype(np.float32)
