"""Cross-layer equalisation."""

import numpy as np
from tf1_graphs import build, conv, depthwise, images

from zoo_tf1.quantsim.equalise import equalise
from zoo_tf1.quantsim.graph import Index
from zoo_tf1.quantsim.runner import Runner
from zoo_tf1.tensorflow1 import tf


def run(net):
    with Runner(net) as runner:
        return next(iter(runner(images()).values()))


def test_ranges_meet_and_the_output_stays():
    def chain(value):
        first = tf.nn.relu(conv(value * np.float32([1, 30, 0.1]), 4, "a"), name="relu")
        conv(depthwise(first, "b", 1), 5, "c", size=1)

    net = build(chain, ["c/bias"])
    equalised, pairs = equalise(net)
    assert pairs == 2
    expected = run(net)
    np.testing.assert_allclose(run(equalised), expected, atol=1e-5 * np.abs(expected).max())
    a, b, c = (Index(equalised.graph).constant(name + "/weights") for name in "abc")
    np.testing.assert_allclose(np.abs(a).max(axis=(0, 1, 2)), np.abs(b).max(axis=(0, 1, 3)), rtol=0.01)
    np.testing.assert_allclose(np.abs(b).max(axis=(0, 1, 3)), np.abs(c).max(axis=(0, 1, 3)), rtol=0.01)


def test_what_cannot_be_equalised_is_left_alone():
    def clipped(value):
        conv(tf.nn.relu6(conv(value, 4, "a")), 4, "b")

    def branched(value):
        one = conv(value, 4, "a")
        tf.add(conv(one, 4, "b"), one, name="sum")

    for make, output in ((clipped, "b/bias"), (branched, "sum")):
        net = build(make, [output])
        equalised, pairs = equalise(net)
        assert pairs == 0
        np.testing.assert_array_equal(run(equalised), run(net))


def test_dead_channels_stay_finite():
    def dead(value):
        weight = np.ones((1, 1, 3, 2), np.float32) * np.float32([0, 1])
        conv(tf.nn.conv2d(value, tf.constant(weight, name="w"), 1, "SAME", name="a"), 4, "b")

    net = build(dead, ["b/bias"])
    np.testing.assert_allclose(run(equalise(net)[0]), run(net), rtol=1e-4, atol=1e-5)
