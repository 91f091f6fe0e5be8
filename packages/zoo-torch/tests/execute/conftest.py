from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import nn

from zoo_torch.networks.hrnet import HRNet, HRNetConfig
from zoo_torch.quantize.calibrate import calibrate
from zoo_torch.quantize.graph import FoldedGraph, Quantization
from zoo_torch.quantize.trace import fold

SHAPE = (3, 64, 32)


class Tiny(NamedTuple):
    module: nn.Module
    graph: FoldedGraph
    w8: Quantization
    w4: Quantization
    batch: np.ndarray


@pytest.fixture(scope="session")
def tiny():
    """An HRNet of width 4 with every kind of fuse layer, batch norms adapted to the batch."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    module = HRNet(HRNetConfig(width=4, num_joints=5, stem=8, modules=(1, 1, 2), blocks=1, bottlenecks=1))
    for part in module.modules():
        if isinstance(part, nn.Conv2d):
            nn.init.kaiming_normal_(part.weight)
        if isinstance(part, nn.BatchNorm2d):
            nn.init.uniform_(part.weight, 0.3, 0.9)
            nn.init.normal_(part.bias, std=0.2)
            part.momentum = None
    batch = np.random.default_rng(0).normal(size=(3, *SHAPE)).astype(np.float32)
    with torch.no_grad():
        module.train()(torch.from_numpy(batch))
    graph = fold(module.eval(), SHAPE)
    return Tiny(module, graph, *(calibrate(graph, [batch], param_bits=bits) for bits in (8, 4)), batch)


@pytest.fixture(scope="session")
def sqnr():
    def decibels(reference, value):
        return 10 * np.log10((reference**2).sum() / max(((reference - value) ** 2).sum(), 1e-30))

    return decibels
