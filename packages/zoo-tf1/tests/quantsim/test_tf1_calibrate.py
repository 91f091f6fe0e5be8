"""Calibration against NumPy on the tensors themselves."""

import numpy as np
import pytest
from tf1_graphs import build, images, network, random

from zoo_common.errors import ZooError
from zoo_common.quantization.enhanced import enhanced_encoding, observe
from zoo_common.quantization.grid import minmax_encoding, round_to_grid
from zoo_tf1.quantsim.calibrate import calibrate, parameter_encodings
from zoo_tf1.quantsim.config import read_config
from zoo_tf1.quantsim.graph import Index
from zoo_tf1.quantsim.insert import SUFFIX, Quantization, insert, round_constants
from zoo_tf1.quantsim.placement import Parameter, place
from zoo_tf1.quantsim.runner import Runner
from zoo_tf1.quantsim.weights import channels_first, rounded, weight_encoding
from zoo_tf1.tensorflow1 import tf


@pytest.fixture
def net():
    return network()


@pytest.fixture
def placement(net):
    return place(net, read_config())


def equal(one, other):
    return one[4:] == other[4:] and all(np.array_equal(a, b) for a, b in zip(one[:4], other[:4]))


@pytest.mark.parametrize("scheme", ["tf", "tf_enhanced"])
def test_statistics_are_those_of_the_tensors_with_rounded_weights(net, placement, scheme):
    batches = [images(2), images(3, seed=8), 5 * images(1, seed=9)]
    made = calibrate(net, placement, batches, scheme, output_bits=7)
    assert set(made.activations) == set(placement.enabled().activations)
    with Runner(round_constants(net, placement, made.parameters)) as runner:
        for name in made.activations:
            values = [runner.fetch(batch, [name + ":0"])[0] for batch in batches]
            if scheme == "tf":
                expected = minmax_encoding(min(v.min() for v in values), max(v.max() for v in values), 7, False)
            else:
                seen = None
                for value in values:
                    seen = observe(value, seen)
                expected = enhanced_encoding(seen, 7, False)
            assert equal(made.activations[name], expected), name


def test_each_batch_counts_alike():
    net = build(lambda value: tf.nn.relu(value, name="relu"), ["relu"])
    placement = place(net, read_config())
    once = calibrate(net, placement, [images(1), images(4, seed=8)], "tf_enhanced")
    seen = observe(images(4, seed=8), observe(images(1)))
    assert equal(once.activations["input"], enhanced_encoding(seen, 8, False))


def test_zeros_before_the_first_value_are_ignored():
    net = build(lambda value: tf.nn.relu(value, name="relu"), ["relu"])
    placement = place(net, read_config())
    late = calibrate(net, placement, [np.zeros((1, 8, 8, 3)), images()], "tf_enhanced")
    assert equal(late.activations["input"], enhanced_encoding(observe(images()), 8, False))
    dead = calibrate(net, placement, [np.zeros((1, 8, 8, 3))], "tf_enhanced")
    assert float(dead.activations["relu"].maximum) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("scheme", ["tf", "tf_enhanced"])
@pytest.mark.parametrize("op_type", ["Conv2D", "DepthwiseConv2dNative", "Conv2DBackpropInput"])
@pytest.mark.parametrize("symmetric", [False, True])
def test_weights_have_a_grid_for_each_channel_as_if_alone(placement, scheme, op_type, symmetric):
    weight = random(3, 3, 5, 2)
    weight[..., 0, 1], weight[..., 2, :], weight[..., 0] = 0, 0, np.abs(weight[..., 0])
    parameter = Parameter((), op_type, "weight", True, symmetric, True)
    encoding = weight_encoding(weight, parameter, placement, scheme, 4)
    count = {"Conv2D": 2, "DepthwiseConv2dNative": 10, "Conv2DBackpropInput": 5}[op_type]
    assert encoding.scale.shape == (count,)
    values = channels_first(rounded(weight, op_type, encoding), op_type)
    for number, row in enumerate(channels_first(weight, op_type)):
        alone = parameter._replace(per_channel=False)
        expected = weight_encoding(np.ascontiguousarray(row), alone, placement, scheme, 4)
        assert [float(part[number]) for part in encoding[:4]] == [float(part) for part in expected[:4]]
        np.testing.assert_array_equal(values[number], round_to_grid(row, expected))


def test_worked_example_of_a_symmetric_weight(placement):
    parameter = Parameter((), "Conv2D", "weight", True, True, False)
    encoding = weight_encoding(np.float32([[-0.5, 0.25]]), parameter, placement, "tf", 8)
    assert float(encoding.scale) == pytest.approx(0.003937, abs=1e-6)
    assert (float(encoding.minimum), float(encoding.maximum)) == pytest.approx((-0.503937, 0.5), abs=1e-6)


def test_names_and_counts_of_the_quantized_graph(net, placement):
    made = calibrate(net, placement, [images()], "tf")
    quantized = insert(net, placement, made)
    index = Index(quantized.graph)
    assert quantized.outputs == ("pool_quantized",)
    for name in made.activations:
        assert {reader.node.split("/")[0] for reader in index.readers_of(name)} <= {name + SUFFIX, name}
        assert name + SUFFIX in index.nodes
    assert index.nodes["conv1"].input[:] == ["input_quantized", "conv1/weights_quantized"]
    assert index.nodes["concat"].input[:2] == ["reshape", "clip_quantized"]
    constants = [name for name, node in index.nodes.items() if node.op == "Const" and name.endswith(SUFFIX)]
    assert sorted(constants) == sorted(name + SUFFIX for name in made.parameters)
    with pytest.raises(ZooError, match="'conv1/weights_quantized' already"):
        insert(net._replace(graph=quantized.graph), placement, made)


def test_an_output_without_a_quantizer_keeps_its_quantized_name(net, placement):
    made = calibrate(net, placement.without(outputs=["pool"]), [images()], "tf")
    with Runner(insert(net, placement, made)) as runner:
        assert runner(images())["pool_quantized"].shape == (2, 4, 4, 8)


def test_frozen_encodings_are_kept(net, placement):
    first = calibrate(net, placement, [images()], "tf")
    part = Quantization({"clip": first.activations["clip"]}, {"dw/weights": first.parameters["dw/weights"]})
    again = calibrate(net, placement, [9 * images()], "tf", 4, 4, part)
    assert again.activations["clip"] is part.activations["clip"]
    assert again.parameters["dw/weights"].bits == 8
    assert again.activations["dw"].bits == again.parameters["conv1/weights"].bits == 4


def test_faults(net, placement):
    with pytest.raises(ZooError, match="no batches"):
        calibrate(net, placement, [])
    with pytest.raises(ZooError, match="scheme: unknown 'tf-enhanced'; did you mean 'tf_enhanced'"):
        calibrate(net, placement, [images()], "tf-enhanced")
    with pytest.raises(ZooError, match="output_bits: 3"):
        calibrate(net, placement, [images()], output_bits=3)
    with pytest.raises(ZooError, match="'inputs' is no input; did you mean 'input'"):
        calibrate(net, placement, [{"inputs": images()}])
    with pytest.raises(ZooError, match=r"cannot be run on this batch: .*\(2, 8, 8\)"):
        calibrate(net, placement, [images()[..., 0]])
    for scheme in ("tf", "tf_enhanced"):
        with pytest.raises(ZooError, match="not finite"):
            calibrate(net, placement, [images() * np.float32("nan")], scheme)
    assert set(parameter_encodings(net, placement)) == set(placement.enabled().parameters)
