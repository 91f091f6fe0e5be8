"""A Keras network as one graph of constants, which TensorFlow folds and fuses."""

from typing import Any, Tuple

from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from zoo_tf2_rle.tensorflow2 import tf


def freeze(network: tf.keras.Model, size: Tuple[int, int]) -> Any:
    """Return a concrete function from float32 [N, H, W, 3] to the network's outputs, variables made constants.

    Args:
        size: height and width of the input.
    """
    signature = tf.TensorSpec((None,) + tuple(size) + (3,), tf.float32, name="image")
    call = tf.function(lambda image: network(image, training=False), input_signature=[signature])
    return convert_variables_to_constants_v2(call.get_concrete_function())
