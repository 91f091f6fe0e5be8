"""Bias correction: means come back, names and quantizers stay."""

import numpy as np
import pytest
from tf1_graphs import batch_norm, build, conv, depthwise, images, random

from zoo_common.errors import ZooError
from zoo_tf1.quantsim.batch_norms import fold_batch_norms
from zoo_tf1.quantsim.bias_correction import correct_biases
from zoo_tf1.quantsim.calibrate import calibrate, parameter_encodings
from zoo_tf1.quantsim.config import read_config
from zoo_tf1.quantsim.graph import Index
from zoo_tf1.quantsim.insert import Quantization, insert, round_constants
from zoo_tf1.quantsim.placement import place
from zoo_tf1.quantsim.runner import Runner
from zoo_tf1.tensorflow1 import tf

BATCHES = [np.abs(images(2, seed=number)) + 1 for number in range(3)]
CONFIG = read_config()


def separable(value):
    """A BN-folded conv, a depthwise without bias, a pointwise with one that branches, a dense head without bias."""
    one = tf.nn.relu(batch_norm(conv(value, 4, "conv1", bias=False), "bn1"), name="relu1")
    two = conv(depthwise(one, "dw", 1), 6, "pw", size=1, seed=4)
    three = tf.add(conv(two, 6, "left", bias=False, seed=5), conv(two, 6, "right", seed=6), name="sum")
    pooled = tf.reduce_mean(three, [1, 2], name="pooled")
    tf.matmul(pooled, tf.constant(random(6, 3, seed=9), name="dense/weights"), name="dense")


@pytest.fixture(scope="module")
def net():
    return fold_batch_norms(build(separable, ["dense", "sum"]))[0]


def corrected(net, bits=4, **options):
    placement = place(net, CONFIG)
    encodings = Quantization({}, parameter_encodings(net, placement, "tf", bits))
    return correct_biases(net, placement, encodings, BATCHES, **options), placement, encodings


def means(network, tensor, channels=-1):
    with Runner(network) as runner:
        values = [runner.fetch(batch, [tensor])[0] for batch in BATCHES]
    return np.mean([value.reshape(-1, value.shape[-1]).mean(axis=0, dtype=np.float64) for value in values], axis=0)


def test_every_layer_has_the_float_networks_mean(net):
    done, placement, encodings = corrected(net)
    assert done.layers == 6
    rounded = round_constants(done.network, done.placement, encodings.parameters)
    plain = round_constants(net, placement, encodings.parameters)
    for name in ("bn1", "dw", "pw/bias", "left", "right/bias", "dense"):
        wanted = means(net, name + ":0")
        before, after = (np.abs(means(state, name + ":0") - wanted).max() for state in (plain, rounded))
        assert before > 1e-2  # four bits shift every layer
        assert after < 1e-5 * max(1, np.abs(wanted).max())


def test_names_and_quantizers_stay_and_biases_appear(net):
    done, placement, _ = corrected(net)
    assert done.network.outputs == net.outputs == ("dense", "sum")
    again = place(done.network, CONFIG)
    assert set(again.activations) == set(placement.activations)
    assert again.activations == done.placement.activations
    assert done.placement.parameters["dw/weights"].readers == again.parameters["dw/weights"].readers
    nodes = Index(done.network.graph).nodes
    assert [nodes[name].op for name in ("dw", "dw/product", "left", "dense")] == [
        "BiasAdd", "DepthwiseConv2dNative", "BiasAdd", "BiasAdd",
    ]  # fmt: skip
    assert Index(net.graph).nodes["dw"].op == "DepthwiseConv2dNative"  # what was given is not changed


def test_the_corrected_network_is_calibrated_and_quantized_as_any_other(net):
    done, placement, encodings = corrected(net, bits=8)
    made = calibrate(done.network, done.placement, BATCHES, "tf", frozen=encodings)
    assert set(made.activations) == set(placement.enabled().activations)
    with Runner(insert(done.network, done.placement, made)) as quantized, Runner(net) as plain:
        ours, theirs = quantized(BATCHES[0]), plain(BATCHES[0])
    assert np.abs(ours["sum_quantized"] - theirs["sum"]).max() < 0.1 * np.abs(theirs["sum"]).max()


def test_float_weights_need_no_correction(net):
    placement = place(net, CONFIG).without(["conv1", "dw", "pw", "left", "right", "dense"])
    done = correct_biases(net, placement, Quantization({}, {}), BATCHES)
    assert done.layers == 0
    with Runner(done.network) as ours, Runner(net) as theirs:
        np.testing.assert_array_equal(ours(BATCHES[0])["sum"], theirs(BATCHES[0])["sum"])


def test_what_is_excluded_keeps_its_name_and_stays_float(net):
    placement = place(net, CONFIG).without(["dw", "left"])
    encodings = Quantization({}, parameter_encodings(net, placement, "tf", 4))
    done = correct_biases(net, placement, encodings, BATCHES)
    assert done.layers == 4
    assert Index(done.network.graph).nodes["dw"].op == "DepthwiseConv2dNative"
    again = place(done.network, CONFIG).without(["dw", "left"]).enabled()
    assert set(again.parameters) == set(encodings.parameters)


def test_images_of_unlike_size_and_a_shared_bias():
    def two(value):
        shared = tf.constant(random(4), name="shared")
        for name, seed in (("a", 1), ("b", 2)):
            kernel = tf.constant(random(3, 3, 3, 4, seed=seed), name=name + "/weights")
            tf.nn.bias_add(tf.nn.conv2d(value, kernel, 1, "SAME", name=name), shared, name=name + "/bias")
        tf.add(*(tf.get_default_graph().get_tensor_by_name(name + "/bias:0") for name in "ab"), name="sum")

    net = build(two, ["sum"], size=None)
    placement = place(net, CONFIG)
    encodings = Quantization({}, parameter_encodings(net, placement, "tf", 4))
    batches = [random(1, 8, 8, 3) + 1, random(1, 16, 4, 3, seed=1) + 1]
    done = correct_biases(net, placement, encodings, batches)
    assert set(done.placement.parameters) == {"a/weights", "b/weights", "a/bias/own_bias", "b/bias/own_bias"}
    rounded = round_constants(done.network, done.placement, encodings.parameters)
    with Runner(rounded) as ours, Runner(net) as theirs:
        shift = [(ours(batch)["sum"] - theirs(batch)["sum"]).mean(axis=(0, 1, 2)) for batch in batches]
    assert np.abs(np.mean(shift, axis=0)).max() < 1e-5 < np.abs(shift[0]).max()


def test_mistakes_are_named(net):
    placement = place(net, CONFIG)
    encodings = Quantization({}, parameter_encodings(net, placement))
    with pytest.raises(ZooError, match="bias correction: there are no batches"):
        correct_biases(net, placement, encodings, [])
    with pytest.raises(ZooError, match="bias correction: tensor 'bn1:0' has values that are not finite"):
        correct_biases(net, placement, encodings, [np.full((1, 8, 8, 3), np.nan, np.float32)])
