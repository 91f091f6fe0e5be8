"""The networks: sizes as published, heads and padding by NumPy."""

import numpy as np
import pytest

from zoo_common.errors import ZooError
from zoo_tf2_rle.execute.frozen import freeze
from zoo_tf2_rle.networks.counting import count_multiply_adds, count_parameters
from zoo_tf2_rle.networks.heads import Linear
from zoo_tf2_rle.networks.regression import build
from zoo_tf2_rle.networks.resnet import _convolution
from zoo_tf2_rle.tensorflow2 import tf


@pytest.mark.parametrize(
    ("backbone", "parameters", "gflops", "strides"),
    [
        ("resnet50_v1_5", 23_647_364, 4.0048, {"layer3.0.conv1": 1, "layer3.0.conv2": 2}),
        ("resnet50_v1", 23_673_924, 3.7835, {"conv4_block1_1_conv": 2, "conv4_block1_2_conv": 1}),
        ("mobilenet_v2", 2_310_980, 0.2935, {}),
        ("efficientnet_b0", 4_094_656, 0.3853, {}),
    ],
)
def test_sizes_are_the_published_ones(backbone, parameters, gflops, strides):
    """ResNet-50's stride lies on the 3x3 in the official form, on the first 1x1 in Keras'."""
    network = build(backbone, (256, 192))
    assert count_parameters(network) == parameters
    assert count_multiply_adds(network, (256, 192)) / 1e9 == pytest.approx(gflops, abs=5e-5)
    assert [tuple(output.shape) for output in network.outputs] == [(None, 17, 2)] * 2
    assert {name: network.get_layer(name).strides[0] for name in strides} == strides


@pytest.mark.parametrize("normalise", [True, False])
def test_heads_by_numpy(normalise):
    rng = np.random.RandomState(0)
    features = rng.uniform(0, 3, (5, 8)).astype(np.float32)
    head = Linear(34, normalise, gain=0.1)
    found = head(features).numpy()
    kernel, bias = (variable.numpy().astype(np.float64) for variable in head.weights)
    assert np.abs(bias).max() > 1e-3
    product = features @ kernel / (np.linalg.norm(features, axis=1, keepdims=True) if normalise else 1)
    np.testing.assert_allclose(found, product + bias, atol=1e-6)
    assert 0.09 * np.sqrt(6 / 42) < np.abs(kernel).max() <= 0.1 * np.sqrt(6 / 42)


def test_strided_convolutions_pad_alike_on_both_sides():
    """As PyTorch: output (i, j) looks at rows 2i - 1 to 2i + 1."""
    image = np.random.RandomState(0).uniform(-1, 1, (1, 8, 6, 2)).astype(np.float32)
    source = tf.keras.Input((8, 6, 2))
    network = tf.keras.Model(source, _convolution(source, 3, 3, 2, "conv", "bn"))
    kernel = network.get_layer("conv").kernel.numpy()
    padded = np.pad(image[0], ((1, 1), (1, 1), (0, 0)))
    expected = [
        [np.tensordot(padded[2 * i : 2 * i + 3, 2 * j : 2 * j + 3], kernel, 3) for j in range(3)] for i in range(4)
    ]
    np.testing.assert_allclose(network(image)[0], np.array(expected) / np.sqrt(1 + 1e-5), atol=1e-5)


def test_freezing_changes_nothing(make_light, crops):
    network = make_light(0)
    for found, expected in zip(freeze(network, (64, 48))(crops), network(crops, training=False)):
        assert np.ptp(expected) > 1e-3
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_unknown_backbones_are_named():
    with pytest.raises(ZooError, match=r"card\.yaml: unknown 'resnet50'; did you mean 'resnet50_v1'"):
        build("resnet50", (64, 48), asked_by="card.yaml")
