"""The committed vectors of RLE are PyTorch's answers, and its network is the one described."""

import copy
import json

import numpy as np
import pytest
import torch
from make_rle_vectors import FORMATS, VECTORS, answers, drawn_network, tiny_checkpoint, vectors


@pytest.fixture(scope="module")
def committed():
    return json.loads((VECTORS / "rle.json").read_text())


@pytest.fixture(scope="module")
def network():
    return drawn_network()


def test_the_network_is_of_the_published_size(network):
    sizes = [sum(value.numel() for value in part.parameters()) for part in (network.preact, network.flow, network)]
    assert sizes == [23_508_032, 53_784, 23_701_148]
    assert tuple(network.preact(torch.zeros(1, 3, 64, 32)).shape) == (1, 2048, 2, 1)


def test_the_vectors_are_made_again(network, committed):
    made = vectors(copy.deepcopy(network))
    assert set(made) == set(committed) == {"state", "coordinates", "sigmas", "log_phi", "loss"}
    assert made.pop("state") == committed["state"]
    for name, values in made.items():
        np.testing.assert_allclose(values, committed[name], rtol=0, atol=1e-8)


def test_single_precision_agrees(network, committed):
    for name, found in answers(network).items():
        np.testing.assert_allclose(found, committed[name], rtol=0, atol=5e-5)
    assert np.std(committed["coordinates"]) > 0.1 and np.std(committed["sigmas"]) > 0.1
    assert np.ptp(committed["coordinates"], axis=0).max() > 0.01, "two images, two answers"


@pytest.mark.parametrize("name", FORMATS)
def test_the_tiny_files_are_made_again(name):
    found, made = torch.load(VECTORS / name, weights_only=True), tiny_checkpoint()
    assert (VECTORS / name).read_bytes()[:2] == (b"PK" if name == "tiny.pth" else b"\x80\x02")
    assert list(found["state_dict"]) == list(made["state_dict"])
    for key, value in found["state_dict"].items():
        expected = made["state_dict"][key]
        assert torch.equal(value, expected) and value.dtype == expected.dtype and value.stride() == expected.stride()
