"""Raw pixels into a TFLite file: exact on the way back, the same network within."""

import numpy as np
import pytest

from zoo_common.cards import Registry
from zoo_common.cards.parts import Recipe
from zoo_common.crops import Normaliser
from zoo_common.errors import ZooError
from zoo_common.tasks import task_from_protocol
from zoo_common.tasks.topdown_regression import TopDownRegressionOptions
from zoo_tf2_rle.execute.pixels import METADATA, Pixels
from zoo_tf2_rle.execute.tflite_convert import convert
from zoo_tf2_rle.execute.tflite_model import TfliteModel
from zoo_tf2_rle.execute.tflite_run import TfliteRunner
from zoo_tf2_rle.networks.regression import build
from zoo_tf2_rle.tensorflow2 import tf

SIZE = (64, 48)
RAW = {"scale": 1.0, "mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0)}
CALIBRATION = {"split": "train2017", "samples": 4, "mode": "min-max"}


def cards_options():
    registry = Registry("zoo_tf2_rle")
    return [task_from_protocol(registry.get(name).protocol(), name).options for name in registry.names()]


def normalised(options, pixels):
    """Return [N, 3, H, W] of uint8 RGB [N, H, W, 3], as the evaluation path makes it."""
    normalise = Normaliser(options.mean, options.std, options.color, options.scale)
    crops = np.empty(pixels.shape, np.float32).transpose(0, 3, 1, 2)
    for image, row in zip(pixels, crops):
        normalise(np.ascontiguousarray(image[..., ::-1]), row)
    return crops


@pytest.mark.parametrize("options", [*cards_options(), TopDownRegressionOptions(**RAW)])
def test_every_pixel_comes_back(options):
    values = np.broadcast_to(np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1), (1, 16, 16, 3))
    crops = normalised(options, values)
    pixels = Pixels.of(options)
    np.testing.assert_array_equal(pixels.recover(crops), values)
    inside = pixels.normalise(tf.constant(values)).numpy().transpose(0, 3, 1, 2)
    np.testing.assert_allclose(inside, crops, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(("bits", "calibration", "tolerance"), [(32, None, 1e-5), (8, CALIBRATION, 2e-2)])
def test_normalised_within_or_without_is_the_same_network(bits, calibration, tolerance, make_light):
    options = TopDownRegressionOptions(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
    images = np.random.RandomState(5).randint(0, 256, (4, *SIZE, 3)).astype(np.uint8)
    batch, pixels = normalised(options, images), Pixels.of(options)
    precision = {"weight_bits": bits, "activation_bits": 8, "calibration": calibration}
    recipe = Recipe(execution="executed", per_channel=True, symmetric=True, **precision)
    files = [convert(make_light(2), recipe, lambda _: [batch], kind) for kind in (None, pixels)]
    inputs = [tf.lite.Interpreter(model_content=file).get_input_details()[0] for file in files]
    assert [item["dtype"] for item in inputs] == [np.float32, np.uint8]
    without, within = (TfliteRunner(file, SIZE, pixels, threads=1)(batch) for file in files)
    for one, other in zip(without, within):
        np.testing.assert_allclose(one, other, atol=tolerance)


@pytest.fixture(scope="module")
def stamped():
    """A file that takes pixels, normalised as the official recipe does."""
    precision = {"weight_bits": 32, "activation_bits": 32}
    recipe = Recipe(execution="executed", **precision)
    return convert(build("light_residual", SIZE), recipe, pixels=Pixels.of(TopDownRegressionOptions()))


@pytest.mark.parametrize(("field", "value"), [("std", (0.2, 1.0, 1.0)), ("color", "bgr"), ("scale", 1.0)])
def test_a_file_normalised_otherwise_is_refused(field, value, stamped):
    pixels = Pixels.of(TopDownRegressionOptions(**{field: value}))
    with pytest.raises(ZooError, match=r"x\.tflite: its graph has the input's {} .*, the protocol".format(field)):
        TfliteRunner(stamped, SIZE, pixels, source="x.tflite")


def test_foreign_stamps(stamped):
    model, pixels = TfliteModel(stamped), Pixels.of(TopDownRegressionOptions())
    assert b'"scale": 255.0' in model.metadata(METADATA) and model.metadata("other") is None
    for nonsense in (b"{", b"3"):
        with pytest.raises(ZooError, match="not what this program writes there"):
            pixels.check(nonsense, "x.tflite")
    pixels.check(None, "a file of somebody else's")


def test_quantized_input_is_refused():
    image = tf.keras.Input((*SIZE, 3))
    converter = tf.lite.TFLiteConverter.from_keras_model(tf.keras.Model(image, tf.keras.layers.ReLU()(image)))
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: iter([[np.random.rand(1, *SIZE, 3).astype(np.float32)]])
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.uint8
    with pytest.raises(ZooError, match=r"takes quantized uint8 \[1, 64, 48, 3\]"):
        TfliteRunner(converter.convert(), SIZE, Pixels.of(TopDownRegressionOptions()))
