"""Mending a quantization without training."""

import numpy as np
import pytest
import torch
from tiny_networks import images

from zoo_common.heatmaps.fidelity import sqnr_db
from zoo_common.quantization.grid import applied, round_to_grid
from zoo_torch.quantize.adaround import Rounded, adaround, learn_rounding
from zoo_torch.quantize.calibrate import calibrate, weight_encoding
from zoo_torch.quantize.equalise import equalise, pairs
from zoo_torch.quantize.layerwise import output_error, patches_of
from zoo_torch.quantize.seqmse import best_ranges, seqmse
from zoo_torch.quantize.simulator import Simulator
from zoo_torch.quantize.walk import compute

BATCHES = [images(4, seed=11)]


@pytest.fixture
def layer(graph):
    """The second convolution, and what reaches it."""
    node = next(node for node in graph.nodes if node.name == "conv2")
    reaching = torch.from_numpy(np.maximum(np.random.RandomState(2).randn(3, 8, 12, 12) + 0.3, 0).astype(np.float32))
    weight = graph.weights["conv2"]
    return node, weight, reaching, patches_of(node, weight.shape, [reaching])


def measured_error(node, weight, changed, reaching):
    bias = torch.zeros(len(weight))
    outputs = [compute(node, [reaching], {"conv2": (torch.from_numpy(item), bias)}) for item in (weight, changed)]
    return ((outputs[0] - outputs[1]) ** 2).mean(dim=(0, 2, 3)).numpy()


def test_second_moments_give_the_output_error(layer):
    node, weight, reaching, seen = layer
    changed = round_to_grid(weight, weight_encoding(weight, 4))
    expected = measured_error(node, weight, changed, reaching)
    np.testing.assert_allclose(output_error(changed - weight, seen.gram), expected, rtol=1e-3)


def test_better_ranges_then_better_rounding(layer):
    node, weight, reaching, seen = layer
    nearest = round_to_grid(weight, weight_encoding(weight, 4))
    encoding = best_ranges(weight, seen, 4)
    ranged = round_to_grid(weight, encoding)
    learned = learn_rounding(weight, encoding, seen, iterations=400)
    errors = [measured_error(node, weight, item, reaching) for item in (nearest, ranged, learned)]
    assert (errors[1] <= errors[0] * 1.001).all()
    assert (errors[2] <= errors[1] * 1.001).all()
    assert errors[2].mean() < 0.7 * errors[0].mean()
    grid = applied(encoding)
    scale, minimum = grid.scale.reshape(-1, 1, 1, 1), grid.minimum.reshape(-1, 1, 1, 1)
    moved = np.abs(learned - np.clip(weight, minimum, None)) / scale
    assert moved[learned < 6.5 * scale].max() < 1.001  # up or down, nowhere else
    np.testing.assert_array_equal(round_to_grid(learned, encoding), learned)


def test_equalisation_keeps_the_function_and_evens_ranges(graph):
    lopsided = {path: weight.copy() for path, weight in graph.weights.items()}
    lopsided["layer1.0.conv1"][::2] *= 30
    graph = graph._replace(weights=lopsided)
    found = pairs(graph)
    assert ("layer1.0.conv1", "layer1.0.conv2") in found
    assert ("layer1.0.conv2", "layer1.0.conv3") in found
    assert ("conv2", "layer1.0.conv1") not in found  # the shortcut reads it too
    even = equalise(graph)
    before, after = Simulator(graph)(BATCHES[0]), Simulator(even)(BATCHES[0])
    assert np.abs(after - before).max() <= 2e-5 * np.abs(before).max()
    for first, second in found:
        outputs = np.abs(even.weights[first]).max(axis=(1, 2, 3))
        inputs = np.abs(even.weights[second]).max(axis=(0, 2, 3))
        np.testing.assert_allclose(outputs, inputs, rtol=1e-2)


def by_seqmse(graph):
    return Rounded(graph, seqmse(graph, BATCHES, 4))


def by_adaround(graph):
    return adaround(graph, BATCHES, 4, iterations=100)


@pytest.mark.parametrize("technique", [by_seqmse, by_adaround])
def test_weights_at_four_bits_lose_less(graph, technique):
    held_out = images(4, seed=12)
    truth = Simulator(graph)(held_out)
    plain = calibrate(graph, BATCHES, param_bits=4, output_bits=16)
    mended = technique(graph)
    quantization = calibrate(mended.graph, BATCHES, param_bits=4, output_bits=16, frozen_parameters=mended.parameters)
    assert {encoding.bits for encoding in mended.parameters.values()} == {4}
    assert set(mended.parameters) == set(graph.weights)
    before = sqnr_db(truth, Simulator(graph, plain)(held_out))
    assert sqnr_db(truth, Simulator(mended.graph, quantization)(held_out)) > before + 0.5


def test_frozen_encodings_are_left_alone(graph):
    frozen = {"conv1": weight_encoding(graph.weights["conv1"], 8)}
    mended = adaround(graph, BATCHES, 4, iterations=2, frozen_parameters=frozen)
    assert mended.parameters["conv1"] is frozen["conv1"]
    np.testing.assert_array_equal(mended.graph.weights["conv1"], graph.weights["conv1"])
    assert seqmse(graph, BATCHES, 4, frozen)["conv1"] is frozen["conv1"]
