"""The network is the published one: names, sizes, work, shapes."""

import re
from collections import Counter

import pytest
import torch

from zoo_common.cards import Registry
from zoo_torch.networks.counting import count_multiply_adds, count_parameters
from zoo_torch.networks.hrnet import HRNet, HRNetConfig, hrnet_w32, hrnet_w48

BN = r"(weight|bias|running_mean|running_var|num_batches_tracked)"
NAMES = [
    r"conv[12]\.weight",
    r"bn[12]\." + BN,
    r"layer1\.[0-3]\.conv[123]\.weight",
    r"layer1\.[0-3]\.bn[123]\." + BN,
    r"layer1\.0\.downsample\.(0\.weight|1\." + BN + ")",
    r"transition1\.0\.(0\.weight|1\." + BN + ")",
    r"transition(1\.1|2\.2|3\.3)\.0\.(0\.weight|1\." + BN + ")",
    r"stage[234]\.\d\.branches\.[0-3]\.[0-3]\.(conv[12]\.weight|bn[12]\." + BN + ")",
    r"stage[234]\.\d\.fuse_layers\.[0-3]\.[0-3]\.(0\.weight|1\." + BN + ")",  # upwards
    r"stage[234]\.\d\.fuse_layers\.[0-3]\.[0-3]\.[0-2]\.(0\.weight|1\." + BN + ")",  # downwards
    r"final_layer\.(weight|bias)",
]
GIGA = 1024**3
"""The published GFLOPs are multiply-adds over 2**30, as the official summary prints them."""


@pytest.fixture(scope="module")
def published():
    return {32: hrnet_w32(), 48: hrnet_w48()}


def test_names_are_the_official_ones(published):
    state = published[32].state_dict()
    assert len(state) == 1754
    assert [name for name in state if not any(re.fullmatch(pattern, name) for pattern in NAMES)] == []
    assert [pattern for pattern in NAMES if not any(re.fullmatch(pattern, name) for name in state)] == []


def test_paths_between_branches(published):
    shapes = {name: list(value.shape) for name, value in published[32].state_dict().items()}
    assert shapes["stage4.0.fuse_layers.0.3.0.weight"] == [32, 256, 1, 1]
    assert shapes["stage4.0.fuse_layers.3.0.0.0.weight"] == [32, 32, 3, 3]
    assert shapes["stage4.0.fuse_layers.3.0.1.0.weight"] == [32, 32, 3, 3]
    assert shapes["stage4.0.fuse_layers.3.0.2.0.weight"] == [256, 32, 3, 3]
    assert "stage4.0.fuse_layers.0.0.0.weight" not in shapes
    assert not any(name.startswith("stage4.2.fuse_layers.1") for name in shapes)
    assert shapes["transition3.3.0.0.weight"] == [256, 128, 3, 3]


def test_parameters_are_the_published_ones(published):
    assert count_parameters(published[32]) == 28_536_113
    assert round(count_parameters(published[48]) / 1e6, 1) == 63.6


@pytest.mark.parametrize("width, giga", [(32, 7.1), (48, 14.6)])
def test_work_is_the_published_one(published, width, giga):
    assert round(count_multiply_adds(published[width], (256, 192)) / GIGA, 1) == giga


def test_size_of_the_embedded_network():
    card = Registry("zoo_torch").get("hrnet_demo")
    network = HRNet(HRNetConfig(**card.network.options))
    assert count_multiply_adds(network, (card.input.height, card.input.width)) == 173_973_504


def test_folded_form_has_biases_and_no_batch_norm(published):
    state = HRNet(HRNetConfig(), folded=True).state_dict()
    unfolded = published[32].state_dict()
    convolutions = {name for name, value in unfolded.items() if value.dim() == 4}
    biases = {name[: -len("weight")] + "bias" for name in convolutions}
    assert len(state) == 586
    assert set(state) == convolutions | biases


def test_heatmaps_at_a_quarter_of_the_input(tiny_network):
    with torch.no_grad():
        assert tiny_network(torch.zeros(2, 3, 64, 96)).shape == (2, 17, 16, 24)


def test_it_can_be_traced(tiny_network):
    traced = torch.fx.symbolic_trace(tiny_network)
    x = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(traced(x), tiny_network(x))


def test_the_full_network_s_operations(published):
    graph = torch.fx.symbolic_trace(published[32])
    calls = Counter(
        type(graph.get_submodule(node.target)).__name__ if node.op == "call_module" else node.op
        for node in graph.graph.nodes
    )
    assert calls["Conv2d"] == 293
    assert calls["Upsample"] == 28
    targets = [node.target for node in graph.graph.nodes if node.op == "call_module"]
    assert len({t for t in targets if isinstance(graph.get_submodule(t), torch.nn.ReLU)}) == 133


def test_fused_branches_add_up():
    """The sum over branches by hand, for the network's last exchange."""
    torch.manual_seed(0)
    network = HRNet(HRNetConfig(width=4, stem=8, modules=(1, 1, 1), blocks=1, bottlenecks=1)).eval()
    exchange = network.stage2[0]
    x = [torch.randn(1, 4, 8, 8), torch.randn(1, 8, 4, 4)]
    with torch.no_grad():
        fine, coarse = exchange([part.clone() for part in x])
        a, b = (branch(part.clone()) for branch, part in zip(exchange.branches, x))
        up, down = exchange.fuse_layers[0][1], exchange.fuse_layers[1][0]
        lifted = up[1](up[0](b)).repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
        assert torch.allclose(fine, torch.relu(a + lifted), atol=1e-6)
        assert torch.allclose(coarse, torch.relu(down(a) + b), atol=1e-6)
