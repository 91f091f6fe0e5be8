"""The regression network: a backbone, global average pooling, two linear heads."""

from typing import Callable, Dict, Tuple

from zoo_common.errors import ZooError, did_you_mean
from zoo_tf2_rle.networks.heads import Linear
from zoo_tf2_rle.networks.residual import light_residual
from zoo_tf2_rle.networks.resnet import resnet50_v1_5
from zoo_tf2_rle.tensorflow2 import tf

JOINTS = 17
COORDINATES, DEVIATIONS = "fc_coord", "fc_sigma"
"""Names of the heads, those of the official state dict."""
Backbone = Callable[[tf.Tensor], tf.Tensor]


def _keras(builder: Callable[..., tf.keras.Model], **options: float) -> Backbone:
    return lambda image: builder(include_top=False, weights=None, input_tensor=image, **options).output


BACKBONES: Dict[str, Backbone] = {
    "resnet50_v1_5": resnet50_v1_5,
    "resnet50_v1": _keras(tf.keras.applications.ResNet50),
    "mobilenet_v2": _keras(tf.keras.applications.MobileNetV2),
    "mobilenet_v2_035": _keras(tf.keras.applications.MobileNetV2, alpha=0.35),
    "efficientnet_b0": _keras(tf.keras.applications.EfficientNetB0),
    "light_residual": light_residual,
}
"""By name: ResNet-50 in the official form (stride on the 3x3) and in Keras' (v1: on the first 1x1), the others."""


def build(
    backbone: str, size: Tuple[int, int], normalise: bool = True, head_gain: float = 1.0, asked_by: str = "backbone"
) -> tf.keras.Model:
    """Return the network with random weights; nothing is downloaded.

    Args:
        backbone: a name in `BACKBONES`.
        size: height and width of the crop; multiples of 32 give the published feature maps.
        normalise: divide the coordinate features by their length, as the official head does.
        head_gain: see `Linear`.
        asked_by: who names the backbone, for the message.

    Returns:
        A Keras model from crops float32 [N, H, W, 3] to coordinates float32 [N, 17, 2], x and y in -0.5..0.5 of the
        crop, and sigmas float32 [N, 17, 2].

    Raises:
        ZooError: no such backbone.
    """
    if backbone not in BACKBONES:
        raise ZooError("{}: unknown '{}'{}".format(asked_by, backbone, did_you_mean(backbone, BACKBONES)))
    image = tf.keras.Input(tuple(size) + (3,), name="image")
    features = tf.keras.layers.GlobalAveragePooling2D(name="pool", dtype="float32")(BACKBONES[backbone](image))
    coordinates = Linear(2 * JOINTS, normalise, head_gain, name=COORDINATES, dtype="float32")(features)
    deviations = Linear(2 * JOINTS, False, head_gain, name=DEVIATIONS, dtype="float32")(features)
    return tf.keras.Model(
        image,
        [
            tf.keras.layers.Reshape((JOINTS, 2), name="coordinates", dtype="float32")(coordinates),
            tf.keras.layers.Activation("sigmoid", name="sigmas", dtype="float32")(
                tf.keras.layers.Reshape((JOINTS, 2), name="deviations", dtype="float32")(deviations)
            ),
        ],
        name=backbone,
    )
