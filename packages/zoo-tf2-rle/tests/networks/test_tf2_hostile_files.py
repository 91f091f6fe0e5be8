"""Keras files and SavedModels that run code when TensorFlow loads them; here they give arrays."""

import os

import numpy as np
import pytest

from zoo_common.errors import ZooError
from zoo_tf2_rle.networks.weight_files import read_weights
from zoo_tf2_rle.tensorflow2 import tf


def test_a_lambda_layer_s_code_is_not_run(tmp_path):
    file, marker = tmp_path / "model.h5", tmp_path / "executed"
    code = "lambda x: (__import__('os').system(\"touch '{}'\"), x)[1]".format(marker)
    inputs = tf.keras.Input((4,))
    outputs = tf.keras.layers.Lambda(eval(code), output_shape=(3,))(tf.keras.layers.Dense(3, name="dense")(inputs))
    tf.keras.Model(inputs, outputs).save(str(file))
    os.unlink(str(marker))  # it ran while the model was made
    found = read_weights(file)
    assert sorted(name.rsplit("/", 1)[-1] for name in found) == ["bias", "kernel"] and not marker.exists()
    tf.keras.models.load_model(str(file))
    assert marker.exists(), "the file would have run"


class Writes(tf.Module):
    """Writes a file whenever it is called, and when it is loaded."""

    def __init__(self, marker):
        super().__init__()
        self.marker = marker
        self.kernel = tf.Variable(np.ones(3, np.float32), name="kernel")

    @tf.function(input_signature=[tf.TensorSpec([3], tf.float32)])
    def __call__(self, x):
        tf.io.write_file(self.marker, "executed")
        return self.kernel * x


def test_a_saved_model_is_not_run(tmp_path):
    marker = tmp_path / "executed"
    tf.saved_model.save(Writes(str(marker)), str(tmp_path / "saved"))
    assert not marker.exists()
    (found,) = read_weights(tmp_path / "saved").values()
    np.testing.assert_array_equal(found, np.ones(3, np.float32))
    assert not marker.exists()
    tf.saved_model.load(str(tmp_path / "saved"))(tf.ones(3))
    assert marker.exists(), "the file would have run"


@pytest.mark.parametrize("name", ["model.keras", "model.joblib", "model.npy"])
def test_other_formats_that_can_hold_code_are_not_read(tmp_path, name):

    (tmp_path / name).write_bytes(
        {"model.keras": b"PK\x05\x06", "model.npy": b"\x93NUMPY"}.get(name, b"(cos\nsystem\n")
    )
    with pytest.raises(ZooError, match=name):
        read_weights(tmp_path / name)
