"""Calibration, and the quick simulator against the plain one."""

import numpy as np
import pytest
import torch
from tiny_networks import images

from zoo_common.errors import ZooError
from zoo_common.heatmaps.fidelity import sqnr_db
from zoo_common.quantization.grid import applied, minmax_encoding, round_to_grid
from zoo_torch.quantize.calibrate import calibrate
from zoo_torch.quantize.placement import SEMANTICS
from zoo_torch.quantize.simulator import Rounding, Simulator, simulate_plainly
from zoo_torch.quantize.walk import fake_quantize, rounded_weights, tensors, walk

RANGES = [(-1.0, 3.0), (0.0, 6.0), (-0.37, 0.0), (-2e-3, 1e-3), (-700.0, 911.0)]


@pytest.mark.parametrize("bits", [4, 8])
@pytest.mark.parametrize("ends", RANGES)
def test_in_place_rounding_equals_torchs_bit_for_bit_and_aimets_but_for_ties(ends, bits):
    encoding = minmax_encoding(*ends, bits=bits, symmetric=False)
    values = torch.empty(200_000).uniform_(1.2 * ends[0] - 0.1, 1.2 * ends[1] + 0.1, generator=torch.manual_seed(0))
    quick = Rounding.of(encoding)(values.clone())
    assert torch.equal(quick, fake_quantize(values, encoding))
    exact = round_to_grid(values.numpy(), encoding)
    apart = np.abs(quick.numpy() - exact)
    assert apart.max() <= 1.001 * float(encoding.scale)
    differing = apart > 1e-3 * float(encoding.scale)
    assert differing.mean() < 1e-4
    grid = applied(encoding)
    fraction = np.mod(values.numpy()[differing] / grid.scale, 1)
    np.testing.assert_allclose(fraction, 0.5, atol=1e-4)


@pytest.mark.parametrize("semantics", SEMANTICS)
@pytest.mark.parametrize("param_bits", [4, 8])
def test_quick_and_plain_simulation_are_equal_bit_for_bit(graph, semantics, param_bits):
    quantization = calibrate(graph, [images()], param_bits=param_bits, semantics=semantics)
    batch = images(3, seed=5)
    np.testing.assert_array_equal(Simulator(graph, quantization)(batch), simulate_plainly(graph, quantization, batch))


def test_splitting_a_batch_changes_little(graph, quantization):
    batch = images(5, seed=6)
    whole = Simulator(graph, quantization, samples_at_once=5)(batch)
    assert sqnr_db(whole, Simulator(graph, quantization, samples_at_once=2)(batch)) > 25
    assert Simulator(graph, quantization, samples_at_once=2)(batch).shape == whole.shape


def test_the_callers_batch_is_left_alone(graph, quantization):
    batch = np.ascontiguousarray(images().transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    before = batch.copy()
    Simulator(graph, quantization)(batch)
    np.testing.assert_array_equal(batch, before)


def test_more_bits_less_noise(graph):
    batches = [images(4)]
    truth = Simulator(graph)(batches[0])
    noise = [
        sqnr_db(truth, Simulator(graph, calibrate(graph, batches, param_bits=w, output_bits=a))(batches[0]))
        for w, a in ((4, 8), (8, 8), (16, 16))
    ]
    assert noise[0] + 8 < noise[1] < noise[2] - 25


def test_ranges_cover_all_batches_and_all_calls_with_rounded_weights(graph):
    batches = [images(2, seed=1), images(1, seed=2) * 3]
    quantization = calibrate(graph, iter(batches), param_bits=4)
    seen = {}

    def look(node, value):
        name = quantization.activations.get(node.name)
        if name:
            low, high = seen.get(name, (0.0, 0.0))
            seen[name] = min(low, float(value.min())), max(high, float(value.max()))
        return value

    layout = torch.channels_last
    for batch in batches:
        source = torch.from_numpy(batch).contiguous(memory_format=layout)
        walk(graph, source, tensors(graph, quantization.parameters, memory_format=layout), look)
    assert set(seen) == set(quantization.outputs)
    for name, (low, high) in seen.items():
        assert quantization.outputs[name] == minmax_encoding(low, high, 8, False)
    assert np.unique(rounded_weights(graph, quantization.parameters)["conv2"][0]).size <= 16


def test_frozen_weights_stay(graph):
    frozen = {"conv1": minmax_encoding(np.full(8, -9.0), np.full(8, 9.0), 5, True)}
    quantization = calibrate(graph, [images()], param_bits=8, frozen_parameters=frozen)
    assert quantization.parameters["conv1"] is frozen["conv1"]
    assert quantization.parameters["conv2"].bits == 8


def test_enhanced_scheme_runs_and_clips(graph, quantization):
    enhanced = calibrate(graph, [images()], scheme="tf_enhanced")
    assert set(enhanced.outputs) == set(quantization.outputs)
    narrower = [
        float(enhanced.outputs[name].scale) < float(quantization.outputs[name].scale) for name in enhanced.outputs
    ]
    assert np.mean(narrower) > 0.5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scheme": "min_max"}, "scheme: unknown 'min_max'"),
        ({"param_bits": 3}, "param_bits: 3 is not a bit width of 4 to 16"),
        ({"output_bits": "eight"}, "output_bits: 'eight' is not a bit width"),
        ({"device": "tpu"}, "device: 'tpu' is neither 'cpu' nor 'cuda'"),
        ({"batches": []}, "no samples given"),
        ({"batches": [images()[:, :2]]}, r"batch 0: shape \[2, 2, 64, 64\] where \[N, 3, 64, 64\] is needed"),
        ({"batches": [images(), images() * np.nan]}, "batch 1: holds values that are not finite"),
    ],
)
def test_mistakes_are_named(graph, options, message):
    options = {"batches": [images()], **options}
    with pytest.raises(ZooError, match=message):
        calibrate(graph, options.pop("batches"), **options)


@pytest.mark.skipif(torch.cuda.is_available(), reason="CUDA is there")
def test_cuda_that_is_not_there_is_an_error(graph, quantization):
    with pytest.raises(ZooError, match="device: 'cuda' is not available here"):
        Simulator(graph, quantization, device="cuda")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA")
def test_cuda_agrees_with_the_cpu(graph, quantization):
    batch = images(3)
    assert sqnr_db(Simulator(graph, quantization)(batch), Simulator(graph, quantization, "cuda")(batch)) > 25
