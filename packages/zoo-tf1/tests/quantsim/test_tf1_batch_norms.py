"""Batch norms folded and averaged."""

import numpy as np
import pytest
from tf1_graphs import batch_norm, build, conv, depthwise, images, network

from zoo_common.errors import ZooError
from zoo_tf1.quantsim.batch_norms import average_batch_norms, fold_batch_norms
from zoo_tf1.quantsim.config import read_config
from zoo_tf1.quantsim.placement import place
from zoo_tf1.quantsim.runner import Runner
from zoo_tf1.tensorflow1 import tf


def run(net, batch):
    with Runner(net) as runner:
        return next(iter(runner(batch).values()))


@pytest.mark.parametrize(
    "before",
    [
        lambda value: conv(value, 4, "conv", bias=False),
        lambda value: conv(value, 4, "conv"),
        lambda value: depthwise(value, "conv", 2),
    ],
    ids=["plain", "bias", "depthwise"],
)
def test_folding_changes_nothing_but_rounding_errors(before):
    net = build(lambda value: tf.nn.relu(batch_norm(before(value), "bn"), name="relu"), ["relu"])
    folded, remaining = fold_batch_norms(net)
    assert remaining == []
    ops = {node.name: node.op for node in folded.graph.node}
    assert ops["bn"] == "BiasAdd" and "conv/bias" not in ops and "conv/weights" in ops
    expected = run(net, images())
    np.testing.assert_allclose(run(folded, images()), expected, atol=1e-5 * np.abs(expected).max())
    assert list(place(folded, read_config()).enabled().activations) == ["input", "relu"]


def test_what_others_read_is_not_folded():
    def twice(value):
        made = conv(value, 4, "conv")
        tf.add(batch_norm(made, "bn"), made, name="sum")

    net = build(twice, ["sum"])
    folded, remaining = fold_batch_norms(net)
    assert remaining == ["bn"]
    assert {node.name: node for node in folded.graph.node} == {node.name: node for node in net.graph.node}


def test_a_shared_weight_is_copied():
    def shared(value):
        weight = tf.constant(np.full((1, 1, 3, 3), 0.5, np.float32), name="w")
        first = batch_norm(tf.nn.conv2d(value, weight, 1, "SAME", name="one"), "bn1")
        tf.nn.conv2d(first, weight, 1, "SAME", name="two")

    net = build(shared, ["two"])
    folded, remaining = fold_batch_norms(net)
    assert remaining == []
    np.testing.assert_allclose(run(folded, images()), run(net, images()), rtol=1e-4, atol=1e-4)


def test_averaged_statistics_of_one_batch_are_that_batchs():
    def live(value):
        inner = batch_norm(conv(value, 4, "conv", bias=False), "bn", training=True)
        batch_norm(depthwise(tf.nn.relu(inner), "dw"), "bn2", training=True)

    net = build(live, ["bn2"], training_batch_norms=True)
    with pytest.raises(ZooError, match="'bn' is in training mode"):
        fold_batch_norms(net)
    with pytest.raises(ZooError, match="no batches"):
        average_batch_norms(net, [])
    averaged = average_batch_norms(net, [images()])
    np.testing.assert_allclose(run(averaged, images()), run(net, images()), atol=1e-4)
    folded, remaining = fold_batch_norms(averaged)
    assert remaining == []
    np.testing.assert_allclose(run(folded, images()), run(net, images()), atol=1e-4)
    two = average_batch_norms(net, [images(), images(seed=7)])
    assert not np.allclose(run(two, images()), run(averaged, images()), atol=1e-4)


def test_networks_without_are_left_alone():
    net = build(lambda value: conv(value, 4, "conv"), ["conv/bias"])
    assert average_batch_norms(net, []) is net
    assert fold_batch_norms(network())[1] == []
