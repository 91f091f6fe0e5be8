"""A step in other precisions, and under a strategy."""

import numpy as np
import pytest

from zoo_tf2_rle.networks.regression import JOINTS
from zoo_tf2_rle.tensorflow2 import tf
from zoo_tf2_rle.training.building import build_trainable


@pytest.mark.parametrize("precision", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision(precision, begin, make_config):
    step, batches = begin(make_config(OPTIONS={"PRECISION": precision, "FLOW": False}))
    network = step.network
    assert network.get_layer("conv").compute_dtype == precision[len("mixed_") :]
    heads = ("pool", "fc_coord", "fc_sigma", "coordinates", "sigmas")
    assert {network.get_layer(name).compute_dtype for name in heads} == {"float32"}
    assert {variable.dtype for variable in network.weights} == {tf.float32}
    assert step.scaled == (precision == "mixed_float16")
    assert tf.keras.mixed_precision.global_policy().name == "float32"
    before = network.get_layer("conv").kernel.numpy()
    outcomes = [step(batches(number), 0.01) for number in range(3)]
    assert all(outcome.finite and np.isfinite(outcome.loss) for outcome in outcomes)
    assert not np.array_equal(before, network.get_layer("conv").kernel.numpy())


def test_a_network_shared_by_workers_is_the_same_with_common_statistics(make_config, crops):
    strategy = tf.distribute.OneDeviceStrategy("CPU:0")
    shared = build_trainable(make_config(OPTIONS={"PRECISION": "mixed_float16", "FLOW": True}), strategy)
    assert type(shared.network.get_layer("bn")).__name__ == "SyncBatchNormalization"
    assert shared.network.compute_dtype == shared.plain.compute_dtype == "float16"
    assert {variable.dtype for variable in shared.flow.weights} == {tf.float32}
    for found, expected in zip(shared.network(crops), shared.plain(crops)):
        np.testing.assert_array_equal(found, expected)
    shared.network.get_layer("fc_coord").bias.assign(np.arange(2 * JOINTS, dtype=np.float32))
    shared.refresh()
    np.testing.assert_array_equal(shared.plain.get_layer("fc_coord").bias, np.arange(2 * JOINTS))


def test_the_loss_of_a_step_is_the_one_before_it(begin, make_config):
    step, batches = begin(make_config())
    batch = batches(0)
    first, second = step(batch, 0.01), step(batch, 0.0)
    assert second.loss < first.loss and step(batch, 0.0).loss == second.loss
    assert 0 < second.gradient < np.inf
    assert float(step.optimizer.learning_rate) == 0
    mean, _ = begin(make_config(OPTIONS={"REDUCTION": "mean", "FLOW": False}))
    assert mean(batch, 0.0).loss == pytest.approx(first.loss / (2 * JOINTS), rel=1e-5)
