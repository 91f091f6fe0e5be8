"""TFLite files: every precision near the float network, integers throughout, outputs told apart."""

import numpy as np
import pytest

from zoo_common.cards.parts import Recipe
from zoo_common.errors import ZooError
from zoo_common.heatmaps.fidelity import sqnr_db
from zoo_common.tasks.topdown_regression import TopDownRegressionOptions
from zoo_tf2_rle.execute.pixels import Pixels
from zoo_tf2_rle.execute.tflite_convert import OUTPUTS, convert
from zoo_tf2_rle.execute.tflite_run import TfliteRunner
from zoo_tf2_rle.options import DELEGATES
from zoo_tf2_rle.tensorflow2 import tf

SIZE = (64, 48)
CALIBRATION = {"split": "train2017", "samples": 4, "mode": "min-max"}
PIXELS = Pixels.of(TopDownRegressionOptions())


def recipe(weight_bits, calibration=None, **options):
    bits = {"weight_bits": weight_bits, "activation_bits": 8 if weight_bits == 8 else 32, "options": options}
    return Recipe(execution="executed", per_channel=True, symmetric=True, calibration=calibration, **bits)


def runner(content, size=SIZE, pixels=PIXELS, **options):
    return TfliteRunner(content, size, pixels, threads=1, **options)


def output_types(content):
    resolver = tf.lite.experimental.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = tf.lite.Interpreter(model_content=content, experimental_op_resolver_type=resolver)
    types = {item["index"]: np.dtype(item["dtype"]).name for item in interpreter.get_tensor_details()}
    return [(item["op_name"], types.get(item["outputs"][0])) for item in interpreter._get_ops_details()]


@pytest.mark.parametrize(
    ("bits", "calibration", "tolerance", "size"),
    [(32, None, 1e-5, 1.0), (16, None, 2e-3, 0.55), (8, None, 2e-2, 0.3), (8, CALIBRATION, 6e-2, 0.3)],
)
def test_every_precision_is_near_the_network(bits, calibration, tolerance, size, make_light, crops):
    network = make_light(3)
    batch = crops.numpy().transpose(0, 3, 1, 2)
    content = convert(network, recipe(bits, calibration), lambda count: [batch[:count]])
    for delegate in DELEGATES:
        for ours, theirs in zip(runner(content, delegate=delegate)(batch), network(crops, training=False)):
            assert np.ptp(theirs) > 0.3
            np.testing.assert_allclose(ours, theirs, atol=tolerance)
    assert 0.2 < len(content) / (4 * sum(np.prod(v.shape) for v in network.weights)) / size < 1.1
    if calibration is not None:
        assert {name for name, kind in output_types(content) if kind != "int8"} == {"DEQUANTIZE"}


HEAD_OPERATORS = {"coordinates": 7, "sigmas": 3}
"""Of the light network behind its pooling."""


@pytest.mark.parametrize("heads", [["coordinates"], ["sigmas"]])
def test_heads_stay_float_on_request(heads, make_light, crops):
    network, batch = make_light(3), crops.numpy().transpose(0, 3, 1, 2)
    whole, partly = (
        convert(network, recipe(8, CALIBRATION, float_heads=wanted), lambda count: [batch[:count]])
        for wanted in ([], heads)
    )
    kinds = output_types(partly)
    floats = [name for name, kind in kinds if kind == "float32" and name != "DEQUANTIZE"]
    assert len(floats) == 1 + sum(HEAD_OPERATORS[head] for head in heads) and "CONV_2D" not in floats
    assert all(kind == "int8" for name, kind in kinds if name in ("CONV_2D", "ADD") and name not in floats)
    exact = dict(zip(OUTPUTS, network(crops, training=False)))
    before, after = (runner(content)(batch)._asdict() for content in (whole, partly))
    for head in heads:
        assert sqnr_db(exact[head], after[head]) > sqnr_db(exact[head], before[head])


def one_output_each(functions):
    """Return a TFLite file without our signature: each function of [1, 64, 48, 3] an output."""
    signature = tf.TensorSpec((1, *SIZE, 3), tf.float32)
    call = tf.function(lambda image: [function(image) for function in functions], input_signature=[signature])
    return tf.lite.TFLiteConverter.from_concrete_functions([call.get_concrete_function()]).convert()


def coordinates(image):
    return tf.reshape(image[0, 0, :34, 0], (1, 17, 2))


def sigmas(image):
    return tf.sigmoid(tf.reshape(image[0, 1, :34, 0], (1, 17, 2)))


@pytest.mark.parametrize("order", [(coordinates, sigmas), (sigmas, coordinates)])
def test_the_outputs_of_other_files_are_told_apart(order, crops):
    found = runner(one_output_each(order))(crops.numpy().transpose(0, 3, 1, 2))
    np.testing.assert_array_equal(found.coordinates, crops.numpy()[:, 0, :34, 0].reshape(4, 17, 2))
    assert (found.sigmas > 0).all() and list(found._fields) == list(OUTPUTS)


def test_files_that_are_no_rle_network_are_named():
    two = one_output_each((sigmas, lambda image: sigmas(image) / 2))
    with pytest.raises(ZooError, match=r"x\.tflite: cannot tell its two outputs apart"):
        runner(two, source="x.tflite")
    with pytest.raises(ZooError, match=r"x\.tflite: 1 outputs of shape \[1, 17, 2\]"):
        runner(one_output_each((sigmas,)), source="x.tflite")
    with pytest.raises(
        ZooError, match=r"takes float32 \[1, 64, 48, 3\], but the protocol has float32 \[1, 128, 96, 3\]"
    ):
        runner(two, (128, 96))
    for broken in (b"\x1c\0\0\0TFL3" + b"\xff" * 100, two[: len(two) // 2], two[:-40]):
        with pytest.raises(ZooError, match=r"x\.tflite: a broken TFLite file"):
            runner(broken, source="x.tflite")
