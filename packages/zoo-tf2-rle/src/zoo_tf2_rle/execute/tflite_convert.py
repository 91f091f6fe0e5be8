"""A Keras network as a TFLite file: float, half-precision weights, weights in int8, or int8 throughout."""

from typing import Any, Callable, Iterable, Iterator, List, Optional, Tuple

import numpy as np
from tensorflow.lite.python.convert import mlir_quantize

from zoo_common.cards.parts import Recipe
from zoo_common.errors import ZooError
from zoo_tf2_rle.execute.float_parts import head_tensors, preparation_tensors
from zoo_tf2_rle.execute.pixels import Pixels
from zoo_tf2_rle.execute.tflite_model import TfliteModel
from zoo_tf2_rle.recipes import FLOAT_HEADS, HEADS
from zoo_tf2_rle.tensorflow2 import tf

OUTPUTS = HEADS
CALIBRATION_BATCH = 16

Batches = Callable[[int], Iterable[np.ndarray]]


def convert(
    network: tf.keras.Model, recipe: Recipe, batches: Optional[Batches] = None, pixels: Optional[Pixels] = None
) -> bytes:
    """Return the file for one crop a call, with the float outputs `OUTPUTS` of its only signature.

    32-bit weights stay float; 16-bit ones are stored as half precision; 8-bit ones without calibration meet activations
    whose ranges are found at run time (dynamic range); with calibration everything between input and output is int8,
    but for the heads that the recipe's option ``float_heads`` names. Those compute on the int8 features made float,
    and so does the pooling before them, which averages the features' rounding away.

    Args:
        batches: calibration crops by batch size, float32 [N, 3, H, W], normalised.
        pixels: take the crop as uint8 [1, H, W, 3] and normalise it within, in float at every precision; without it
            the input is float32 [1, H, W, 3], normalised.

    Raises:
        ZooError: the converter knows no such precision, or calibration is wanted and there are no crops.
    """
    function, holder = _module(network, pixels)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function], holder)
    if recipe.weight_bits <= 16:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if recipe.weight_bits == 16:
        converter.target_spec.supported_types = [tf.float16]
    elif recipe.weight_bits not in (8, 32):
        raise ZooError("weight_bits: TFLite has 32, 16 or 8, not {}".format(recipe.weight_bits))
    if recipe.weight_bits == 8 and recipe.calibration is not None:
        if batches is None:
            raise ZooError("an int8 network needs calibration crops")
        converter.representative_dataset = lambda: _one_by_one(batches(CALIBRATION_BATCH), pixels)
        content = _integers(converter, recipe.options.get(FLOAT_HEADS, []))
    else:
        content = bytes(converter.convert())
    return content if pixels is None else pixels.stamp(content)


def _integers(converter: tf.lite.TFLiteConverter, float_heads: List[str]) -> bytes:
    """Calibrate, then quantize all but what stays float: the two steps of `tf.lite.experimental.QuantizationDebugger`.

    The converter's own int8 is the same with nothing left out, but names no tensors.
    """
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter._experimental_calibrate_only = True
    calibrated = converter.convert()
    model = TfliteModel(calibrated)
    left_out = preparation_tensors(model) + head_tensors(model, float_heads)
    return bytes(mlir_quantize(calibrated, denylisted_nodes=left_out))


def _module(network: tf.keras.Model, pixels: Optional[Pixels]) -> Tuple[Any, tf.Module]:
    """Return the network of one crop as a function, and what holds its variables.

    A Keras model would be traced layer by layer, which takes several times as long.
    """
    kind = tf.float32 if pixels is None else tf.uint8
    signature = tf.TensorSpec((1,) + tuple(network.input_shape[1:]), kind, name="image")

    def outputs(image: tf.Tensor) -> Any:
        crop = image if pixels is None else pixels.normalise(image)
        return dict(zip(OUTPUTS, network(crop, training=False)))

    holder = tf.Module()
    holder.held = network.weights
    return tf.function(outputs, input_signature=[signature]).get_concrete_function(), holder


def _one_by_one(batches: Iterable[np.ndarray], pixels: Optional[Pixels]) -> Iterator[List[np.ndarray]]:
    for batch in batches:
        rows = batch.transpose(0, 2, 3, 1) if pixels is None else pixels.recover(batch)
        for crop in rows:
            yield [np.ascontiguousarray(crop)[None]]
