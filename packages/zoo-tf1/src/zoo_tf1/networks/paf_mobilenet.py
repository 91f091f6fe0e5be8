"""A small bottom-up pose network: images to heatmaps and part-affinity fields at 1/8 of their size, in one stage.

It is meant to be quantized: convolutions with batch norms that fold, ReLUs, sums, and nothing else. The blocks are
those of MobileNetV2 (Sandler et al., 2018) with expansion and depthwise convolution fused to a full one (Tan and Le,
EfficientNetV2, 2021): depthwise kernels have a range each, which one 8-bit grid cannot hold, and on CPUs they are slow
to train. Late blocks see far by pairs of 7x1 and 1x7 convolutions.
"""

from typing import Any, NamedTuple, Sequence, Tuple

from zoo_common.paf import HEATMAPS, PAFS
from zoo_tf1.tensorflow1 import tf

HEATMAP_OUTPUT, PAF_OUTPUT = "heatmaps", "pafs"
MOMENTUM = 0.98
"""Of the batch norms' running statistics."""
EPSILON = 1e-3
LONG = 7

Tensor = Any


class PafConfig(NamedTuple):
    """Sizes; multiples of 8 channels fill the processor's vectors.

    Attributes:
        stem: channels at 1/2 and at 1/4 of the image.
        width: channels at 1/8, from there on.
        near: residual blocks of two 3x3 convolutions.
        far: residual blocks of 7x1, 1x7 and 3x3 convolutions.
    """

    stem: Tuple[int, int] = (16, 32)
    width: int = 64
    near: int = 3
    far: int = 3


class Maps(NamedTuple):
    """Tensors float32 ``[N, H / 8, W / 8, 19]`` and ``[N, H / 8, W / 8, 38]``."""

    heatmaps: Tensor
    pafs: Tensor


def paf_mobilenet(images: Tensor, config: PafConfig, training: bool = False) -> Maps:
    """Build the network in the default graph; its outputs are the operations ``heatmaps`` and ``pafs``.

    Args:
        images: float32 ``[N, H, W, 3]``; sides are multiples of 8.
        training: normalise by the batch; updates of the running statistics go to ``tf.GraphKeys.UPDATE_OPS``.
    """
    x = images
    for number, channels in enumerate([*config.stem, config.width]):
        x = _convolution(x, "stem{}".format(number + 1), channels, stride=2, training=training)
    near, far = ((3, 3), (3, 3)), ((LONG, 1), (1, LONG), (3, 3))
    for number, kernels in enumerate([near] * config.near + [far] * config.far):
        x = _block(x, "block{}".format(number + 1), config.width, kernels, training)
    return Maps(
        _head(x, HEATMAP_OUTPUT, config.width, HEATMAPS, training), _head(x, PAF_OUTPUT, config.width, PAFS, training)
    )


def _block(x: Tensor, name: str, channels: int, kernels: Sequence[Tuple[int, int]], training: bool) -> Tensor:
    with tf.variable_scope(name):
        y = x
        for number, kernel in enumerate(kernels):
            last = number + 1 == len(kernels)
            y = _convolution(y, "conv{}".format(number + 1), channels, kernel, relu=not last, training=training)
        return tf.nn.relu(tf.add(x, y, name="sum"), name="relu")


def _head(x: Tensor, name: str, width: int, channels: int, training: bool) -> Tensor:
    x = _convolution(x, name + "_head", width, training=training)
    with tf.variable_scope(name + "_final"):
        kernel = tf.get_variable("kernel", (1, 1, width, channels), initializer=tf.random_normal_initializer(0, 0.01))
        bias = tf.get_variable("bias", (channels,), initializer=tf.zeros_initializer())
        x = tf.nn.conv2d(x, kernel, 1, "SAME", name="conv")
    return tf.nn.bias_add(x, bias, name=name)


def _convolution(
    x: Tensor,
    name: str,
    channels: int,
    kernel: Tuple[int, int] = (3, 3),
    stride: int = 1,
    relu: bool = True,
    training: bool = False,
) -> Tensor:
    with tf.variable_scope(name):
        weights = tf.get_variable(
            "kernel", (*kernel, int(x.shape[-1]), channels), initializer=tf.variance_scaling_initializer(2.0)
        )
        x = tf.nn.conv2d(x, weights, stride, "SAME", name="conv")
        x = _batch_norm(x, channels, training)
        return tf.nn.relu(x, name="relu") if relu else x


def _batch_norm(x: Tensor, channels: int, training: bool) -> Tensor:
    ones, zeros = tf.ones_initializer(), tf.zeros_initializer()
    gamma, beta = (
        tf.get_variable(*item) for item in (("gamma", channels, None, ones), ("beta", channels, None, zeros))
    )
    mean = tf.get_variable("mean", channels, initializer=zeros, trainable=False)
    variance = tf.get_variable("variance", channels, initializer=ones, trainable=False)
    if not training:
        return tf.nn.fused_batch_norm(x, gamma, beta, mean, variance, EPSILON, is_training=False, name="norm")[0]
    x, batch_mean, batch_variance = tf.nn.fused_batch_norm(x, gamma, beta, epsilon=EPSILON, name="norm")
    for running, seen in ((mean, batch_mean), (variance, batch_variance)):
        tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, tf.assign_sub(running, (1 - MOMENTUM) * (running - seen)))
    return x
