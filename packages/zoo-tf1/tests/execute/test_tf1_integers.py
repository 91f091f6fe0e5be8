"""Executed integers against their simulation."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import numpy_helper
from tf1_execute_graphs import decibels, images, simulated

from zoo_common.errors import ZooError
from zoo_common.quantization.grid import applied, minmax_encoding
from zoo_tf1.execute.grids import byte_grids
from zoo_tf1.execute.integers import executed_integers, integer_model
from zoo_tf1.execute.marks import marked
from zoo_tf1.execute.runtime import OrtRunner
from zoo_tf1.quantsim.graph import Index
from zoo_tf1.quantsim.weights import rounded

CONVOLUTIONS = 3


def parts(simulation):
    return simulation.network, simulation.placement, simulation.quantization


def runner(simulation, centred):
    names = {name + "_quantized:0": name for name in simulation.network.outputs}
    return OrtRunner(integer_model(*parts(simulation), centred=centred), names, threads=1)


def constants(model):
    return {item.name: numpy_helper.to_array(item) for item in model.graph.initializer}


@pytest.mark.parametrize("config", ["default", "per_channel"])
@pytest.mark.parametrize("scheme", ["tf", "tf_enhanced"])
def test_executed_is_simulated(config, scheme):
    """With the simulation's weights bytes differ where a sum lies next to a half: by a step, here and there.

    Centred weights are the simulation's where grids are symmetric per channel; of an asymmetric grid a few channels
    are rounded again, which costs some decibels.
    """
    simulation = simulated(config=config, scheme=scheme)
    exact, quick = (runner(simulation, centred) for centred in (False, True))
    for batch in (images(2, 8, 8, seed=9), images(1, 16, 24, seed=10)):
        expected = simulation.run(batch)
        for run, least in ((exact, 40), (quick, 35 if config == "default" else 40)):
            found = run(batch)
            assert set(found) == {"pool", "conv2"}
            for name in found:
                assert decibels(expected[name + "_quantized"], found[name]) > least
                grid = applied(simulation.quantization.activations[name])
                steps = (found[name] - expected[name + "_quantized"]) / np.float32(grid.scale)
                np.testing.assert_allclose(steps, np.rint(steps), atol=1e-3)
                assert np.abs(steps).max() < 3.5


def test_exact_weights_are_the_simulations():
    simulation = simulated()
    values = constants(integer_model(*parts(simulation), centred=False))
    names = {"conv1/bias": "conv1/weights", "conv2": "conv2/weights"}
    for node, name in names.items():
        text = node + "/weights"
        real = (values[text].astype(np.float32) - values[text + "/zero_point"]) * values[text + "/scale"]
        assert values[text].dtype == np.uint8
        weight = Index(simulation.network.graph).constant(name)
        expected = rounded(weight, "Conv2D", simulation.quantization.parameters[name])
        np.testing.assert_array_equal(real, expected.transpose(3, 2, 0, 1))


def test_centred_weights_have_no_zero_point_and_differ_in_few_channels():
    simulation = simulated()
    exact, quick = (constants(integer_model(*parts(simulation), centred=choice)) for choice in (False, True))
    same = total = 0
    for text in ("conv1/bias/weights", "dw/bias/weights", "conv2/weights"):
        assert quick[text].dtype == np.int8
        assert not quick[text + "/zero_point"].any()
        spread = (-1, 1, 1, 1)
        left = (exact[text].astype(np.float32) - exact[text + "/zero_point"]) * exact[text + "/scale"]
        right = quick[text] * quick[text + "/scale"].reshape(spread)
        assert np.abs(left - right).max() < quick[text + "/scale"].max()
        same += sum(np.array_equal(a, b) for a, b in zip(left, right))
        total += len(left)
    assert total / 2 < same < total


def test_every_convolution_computes_in_integers(tmp_path):
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
    options.log_severity_level = 4
    model = integer_model(*parts(simulated()))
    onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    kinds = [node.op_type for node in onnx.load(options.optimized_model_filepath).graph.node]
    assert kinds.count("QLinearConv") == CONVOLUTIONS
    assert "Conv" not in kinds


def test_what_has_no_quantizer_stays_float():
    simulation = simulated(disabled_outputs=["clip", "pool"])
    model = integer_model(*parts(simulation))
    values = constants(model)
    assert "conv1/bias/weights" in values
    assert "dw/bias/weights" not in values  # its output is float
    assert "conv2/weights" not in values  # its input is
    expected, found = simulation.run(images(1, 8, 8)), executed_integers(*parts(simulation), threads=1)(images(1, 8, 8))
    for name in found:
        assert decibels(expected[name + "_quantized"], found[name]) > 40


def test_grids_that_end_inside_the_bytes_are_clipped():
    """A ReLU6 whose grid reaches further than 6, and a strict symmetric grid: rounded first, clipped in bytes."""
    simulation = simulated()
    made = simulation.quantization.activations
    made["clip"] = minmax_encoding(0.0, 9.0, 8, False)
    made["conv2"] = minmax_encoding(-0.5, 0.5, 8, True, unsigned_symmetric=False, strict=True)
    simulation.close()
    grids = byte_grids(simulation.network, made)
    assert (grids["clip"].source, grids["clip"].high) == ("dw/bias", 170)
    assert (grids["conv2"].low, grids["conv2"].high) == (0, 254)
    run, batch = executed_integers(*parts(simulation), threads=1), images(1, 8, 8) * 4
    expected, found = simulation.run(batch), run(batch)
    for name in found:
        assert decibels(expected[name + "_quantized"], found[name]) > 40


def test_marks_are_all_unlike():
    simulation = simulated()
    grids = byte_grids(simulation.network, simulation.quantization.activations)
    marks = [node for node in marked(simulation.network, grids).graph.node if node.op == "LeakyRelu"]
    assert len({node.attr["alpha"].f for node in marks}) == len(marks) == len(grids)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"output_bits": 16}, "activation 'input': integers need 8 bits, its encoding has 16"),
        ({"param_bits": 16}, "parameter '.*': integers need at most 8 bits, its encoding has 16"),
    ],
)
def test_other_bit_widths_are_refused(options, text):
    with pytest.raises(ZooError, match="^" + text + "$"):
        integer_model(*parts(simulated(**options)))


def test_four_bit_weights():
    simulation = simulated(param_bits=4)
    run, batch = executed_integers(*parts(simulation), threads=1), images(1, 8, 8)
    assert decibels(simulation.run(batch)["pool_quantized"], run(batch)["pool"]) > 40
