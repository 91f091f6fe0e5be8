"""One thread, and what several tests share."""

import pytest
import torch
from tiny_networks import SHAPE, images, tiny_hrnet

from zoo_torch.quantize.calibrate import calibrate
from zoo_torch.quantize.trace import fold


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def hrnet():
    return tiny_hrnet()


@pytest.fixture(scope="session")
def graph(hrnet):
    return fold(hrnet, SHAPE)


@pytest.fixture(scope="session")
def quantization(graph):
    return calibrate(graph, [images()])
