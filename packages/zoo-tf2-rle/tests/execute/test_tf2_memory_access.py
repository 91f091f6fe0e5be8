"""Bytes moved, counted by hand and against the published networks."""

import pytest

from zoo_common.cards.parts import Recipe
from zoo_tf2_rle.execute.memory_access import memory_access
from zoo_tf2_rle.execute.tflite_convert import convert
from zoo_tf2_rle.networks.regression import build
from zoo_tf2_rle.tensorflow2 import tf

CROP, MAP = 64 * 48 * 3, 32 * 24 * 8
KERNELS, BIASES = 3 * 3 * 3 * 8 + 8 * 8, 8 + 8


def recipe(bits):
    return Recipe(execution="executed", weight_bits=bits, activation_bits=32, per_channel=True, symmetric=True)


@pytest.fixture(scope="module")
def small():
    """Two convolutions in a row, whose result is added to the first's."""
    image = tf.keras.Input((64, 48, 3))
    first = tf.keras.layers.Conv2D(8, 3, 2, padding="same")(image)
    second = tf.keras.layers.Conv2D(8, 1)(first)
    return tf.keras.Model(image, [tf.keras.layers.Add()([first, second]), second])


@pytest.mark.parametrize("bits", [32, 16])
def test_each_operator_reads_and_writes_once(bits, small):
    found = memory_access(convert(small, recipe(bits)))
    assert found.activations == 4 * (CROP + MAP + MAP + MAP + MAP + MAP + MAP)
    assert found.weights == 4 * (KERNELS + BIASES)
    assert found.total == found.activations + found.weights


def test_mobilenet_v2_moves_eighty_megabytes():
    found = memory_access(convert(build("mobilenet_v2", (256, 192)), recipe(32)))
    assert (round(found.activations / 1e6, 1), round(found.weights / 1e6, 1)) == (71.1, 9.2)
