import numpy as np
import pytest

from zoo_common.errors import ZooError
from zoo_common.quantization.grid import minmax_encoding, round_to_grid
from zoo_torch.execute import openvino, ort
from zoo_torch.execute.integers import SAFE_WEIGHT, narrow_weights, parameter_integers, weight_integers
from zoo_torch.execute.openvino import OpenVinoNetwork
from zoo_torch.execute.ort import OrtNetwork
from zoo_torch.execute.qdq import qdq_model
from zoo_torch.quantize.calibrate import weight_encoding
from zoo_torch.quantize.graph import FoldedGraph, Node, Quantization
from zoo_torch.quantize.simulator import Simulator


@pytest.fixture(params=[1, 3])
def adversary(request):
    """One convolution whose products are as large as bytes allow, in every arrangement of signs."""
    kernel = request.param
    random = np.random.default_rng(kernel)
    weight = random.choice([-1.0, 1.0], size=(16, 64, kernel, kernel)).astype(np.float32)
    weight[0], weight[1] = 1, -1
    weight[2, ::2], weight[3, : 64 // 2] = 1, 1
    weight[:, 0, 0, 0] = -1  # signed channels
    options = {"stride": 1, "padding": kernel // 2, "dilation": 1, "groups": 1}
    nodes = (
        Node("input", "input", ()),
        Node("conv", "conv", ("input",), "conv", options),
        Node("output", "output", ("conv",)),
    )
    graph = FoldedGraph(nodes, {"conv": weight}, {"conv": random.normal(size=16).astype(np.float32)}, (64, 6, 5))
    batch = random.choice([0.0, 1.0], size=(2, 64, 6, 5), p=[0.1, 0.9]).astype(np.float32)
    bound = 64.0 * kernel**2
    outputs = {
        "input": minmax_encoding(0.0, 1.0, 8, symmetric=False),
        "conv": minmax_encoding(-bound, bound, 8, symmetric=False),
    }
    parameters = {"conv": weight_encoding(weight, 8)}
    return graph, Quantization({"input": "input", "conv": "conv"}, outputs, parameters, "aimet-1.24"), batch


def test_sums_of_the_largest_products_do_not_saturate(adversary):
    graph, quantization, batch = adversary
    expected = Simulator(graph, quantization)(batch)
    step = float(quantization.outputs["conv"].scale)
    executed = OrtNetwork(qdq_model(graph, quantization), threads=1)(batch)
    np.testing.assert_allclose(executed, expected, atol=1.01 * step)
    assert (np.abs(executed - expected) > step / 2).mean() < 0.01


def test_the_kernels_chosen_for_this_cpu_give_the_bits_of_the_exact_ones(adversary, monkeypatch):
    graph, quantization, batch = adversary
    model = qdq_model(graph, quantization)
    chosen = OrtNetwork(model, threads=1)(batch)
    monkeypatch.setattr(ort, "adds_bytes_exactly", lambda: None)
    np.testing.assert_array_equal(OrtNetwork(model, threads=1)(batch), chosen)


def test_narrow_weights_saturate_in_no_runtime(adversary):
    graph, quantization, batch = adversary
    narrow = narrow_weights(graph, quantization)
    model = qdq_model(graph, narrow)
    expected = Simulator(graph, narrow)(batch)
    for runtime in (OrtNetwork, OpenVinoNetwork):
        step = float(quantization.outputs["conv"].scale)
        np.testing.assert_allclose(runtime(model, threads=1)(batch), expected, atol=1.01 * step)


def test_openvino_refuses_weights_it_would_overflow_on(adversary, monkeypatch):
    graph, quantization, _ = adversary
    monkeypatch.setattr(openvino, "adds_bytes_exactly", lambda: False)
    with pytest.raises(ZooError, match=r"overflow on weights as large as those of conv\.weight .* 7-bit weights"):
        OpenVinoNetwork(qdq_model(graph, quantization), threads=1)
    OpenVinoNetwork(qdq_model(graph, narrow_weights(graph, quantization)), threads=1)


@pytest.mark.parametrize(("bits", "lowest", "highest"), [(8, -128, 127), (7, -64, 63), (4, -8, 7)])
def test_integers_lie_on_the_grid_of_the_simulation(bits, lowest, highest):
    weight = np.random.default_rng(0).normal(size=(6, 4, 3, 3)).astype(np.float32)
    weight[1] = 0
    encoding = weight_encoding(weight, bits)
    values, scale = weight_integers(weight, encoding, "conv")
    assert values.dtype == np.int8
    assert lowest <= values.min() < values.max() <= highest
    np.testing.assert_allclose(values * scale.reshape(-1, 1, 1, 1), round_to_grid(weight, encoding), rtol=1e-5)
    assert not values[1].any()


def test_a_channel_without_negative_weights_fits_in_int8():
    weight = np.abs(np.random.default_rng(0).normal(size=(3, 8, 1, 1))).astype(np.float32)
    weight[2, 0] *= -1
    for bits, exact in ((4, True), (8, False)):
        encoding = weight_encoding(weight, bits)
        assert list(encoding.offset) == [0, 0, -(2 ** (bits - 1))]
        values, scale = weight_integers(weight, encoding, "conv")
        tolerance = 1e-6 if exact else scale.max() / 2
        np.testing.assert_allclose(values * scale.reshape(-1, 1, 1, 1), round_to_grid(weight, encoding), atol=tolerance)


def test_narrow_weights_touch_only_eight_bits(tiny):
    narrow = narrow_weights(tiny.graph, tiny.w8)
    for module, encoding in narrow.parameters.items():
        values = weight_integers(tiny.graph.weights[module], encoding, module).values.astype(int)
        assert np.abs(values).max() <= SAFE_WEIGHT
    assert narrow.outputs is tiny.w8.outputs
    assert narrow_weights(tiny.graph, tiny.w4) == tiny.w4


@pytest.mark.parametrize("size", [1e4, 1e9])
def test_a_bias_far_above_the_sums_does_not_wrap_around(adversary, size):
    graph, quantization, batch = adversary
    graph.biases["conv"][:] = np.linspace(-size, size, 16)
    outputs = dict(quantization.outputs, conv=minmax_encoding(-2 * size, 2 * size, 8, symmetric=False))
    quantization = quantization._replace(outputs=outputs)
    executed = OrtNetwork(qdq_model(graph, quantization), threads=1)(batch)
    step = float(outputs["conv"].scale)
    np.testing.assert_allclose(executed, Simulator(graph, quantization)(batch), atol=1.01 * step)


def test_biases_are_rounded_to_the_grid_of_the_sums():
    weight = np.array([[[[1.0]]], [[[-0.5]]]], np.float32)
    bias = np.array([0.3, -7.0], np.float32)
    weights, biases = parameter_integers(weight, bias, weight_encoding(weight, 8), 0.02, "conv")
    assert biases.values.dtype == np.int32
    np.testing.assert_allclose(biases.scale, 0.02 * weights.scale, rtol=1e-6)
    np.testing.assert_allclose(biases.values * biases.scale, bias, atol=biases.scale.max())
