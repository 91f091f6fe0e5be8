"""Writing a network down: batch norms folded, names, placement of quantizers."""

import numpy as np
import pytest
import torch
from tiny_networks import SHAPE, images, lively, tiny_hrnet
from torch import nn

from zoo_common.errors import ZooError
from zoo_torch.networks.hrnet import HRNet, HRNetConfig
from zoo_torch.quantize.placement import SEMANTICS, output_quantizers, place
from zoo_torch.quantize.simulator import Simulator
from zoo_torch.quantize.trace import fold

LARGEST_RELATIVE_ERROR = 1e-5
"""Of the folded network's output against the unfolded one's, relative to the largest value."""


class Block(nn.Module):
    """conv - norm - relu - conv, plus the input, through the same relu."""

    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 3, 3, padding=1, bias=False), nn.BatchNorm2d(3)
        self.conv2, self.relu = nn.Conv2d(3, 3, 1), nn.ReLU(inplace=True)

    def forward(self, x):
        return self.relu(self.conv2(self.relu(self.bn1(self.conv1(x)))) + x)


def test_folding_leaves_the_function_as_it_was():
    for seed in range(3):
        model = lively(tiny_hrnet(8), seed)
        batch = images(seed=seed)
        with torch.inference_mode():
            expected = model(torch.from_numpy(batch)).numpy()
        got = Simulator(fold(model, SHAPE))(batch)
        assert np.abs(got - expected).max() <= LARGEST_RELATIVE_ERROR * np.abs(expected).max()


def test_a_folded_network_folds_to_itself(hrnet, graph):
    twin = HRNet(hrnet.config, folded=True)
    state = {}
    for path, weight in graph.weights.items():
        state[path + ".weight"], state[path + ".bias"] = torch.tensor(weight), torch.tensor(graph.biases[path])
    twin.load_state_dict(state, strict=True)
    again = fold(twin, SHAPE)
    assert again.nodes == graph.nodes
    for path, weight in graph.weights.items():
        np.testing.assert_array_equal(again.weights[path], weight)
        np.testing.assert_array_equal(again.biases[path], graph.biases[path])


def test_names_and_order():
    nodes = fold(Block().eval(), (3, 8, 8)).nodes
    assert [node.name for node in nodes] == ["input", "conv1", "relu", "conv2", "add", "relu#2", "output"]
    assert nodes[4].inputs == ("conv2", "input")
    assert nodes[1].options == {"stride": 1, "padding": 1, "dilation": 1, "groups": 1}


def test_placement_of_a_block():
    graph = fold(Block().eval(), (3, 8, 8))
    common = {"input": "input", "conv2": "conv2"}
    assert place(graph) == dict(common, **{"relu": "relu", "relu#2": "relu"})
    assert place(graph, "aimet-2.42") == common
    assert place(graph, "prepared") == dict(common, **{"relu": "relu", "relu#2": "relu#2"})


@pytest.fixture(scope="module")
def w32():
    return fold(HRNet(HRNetConfig(width=2, stem=4), folded=True), (3, 256, 192))  # the width changes no count


@pytest.mark.parametrize(("semantics", "count"), list(zip(SEMANTICS, (324, 208, 482))))
def test_quantizers_of_w32_beside_the_input(w32, semantics, count):
    placed = place(w32, semantics)
    assert len(output_quantizers(placed)) == count
    assert placed["input"] == "input"


def test_unknown_semantics():
    with pytest.raises(ZooError, match=r"semantics: unknown 'aimet-1\.42'; did you mean"):
        place(fold(Block().eval(), (3, 8, 8)), "aimet-1.42")


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (nn.Sequential(nn.Conv2d(3, 3, 1), nn.MaxPool2d(2)), "cannot fold 1: MaxPool2d is not supported"),
        (nn.Sequential(nn.ReLU(), nn.BatchNorm2d(3)), "cannot fold 1: it does not follow a convolution"),
        (nn.Sequential(nn.Upsample(scale_factor=2, mode="bilinear")), "only nearest upsampling"),
    ],
)
def test_what_cannot_be_folded_is_named(layer, message):
    with pytest.raises(ZooError, match=message):
        fold(layer.eval(), (3, 8, 8))
