"""Small graphs, built with TensorFlow itself."""

import numpy as np

from zoo_tf1.quantsim.load import network_of
from zoo_tf1.tensorflow1 import tf


def random(*shape, seed=0):
    return np.random.RandomState(seed).randn(*shape).astype(np.float32)


def batch_norm(value, name, training=False, seed=5):
    channels = int(value.shape[-1])
    parts = [np.abs(random(channels, seed=seed + number)) + 0.1 for number in range(4)]
    if training:
        parts[2:] = [np.zeros(0, np.float32)] * 2
    return tf.raw_ops.FusedBatchNormV3(
        x=value, scale=parts[0], offset=parts[1], mean=parts[2], variance=parts[3], is_training=training, name=name
    )[0]


def conv(value, filters, name, bias=True, size=3, seed=1):
    kernel = tf.constant(random(size, size, int(value.shape[-1]), filters, seed=seed), name=name + "/weights")
    made = tf.nn.conv2d(value, kernel, strides=1, padding="SAME", name=name)
    return tf.nn.bias_add(made, random(filters, seed=seed + 1), name=name + "/bias") if bias else made


def depthwise(value, name, multiplier=2):
    kernel = tf.constant(random(3, 3, int(value.shape[-1]), multiplier, seed=2), name=name + "/weights")
    return tf.raw_ops.DepthwiseConv2dNative(input=value, filter=kernel, strides=[1, 1, 1, 1], padding="SAME", name=name)


def build(make, outputs, size=8, **options):
    """Return the network of what ``make`` draws from a placeholder ``input`` [None, size, size, 3]."""
    with tf.Graph().as_default() as graph:
        make(tf.placeholder(tf.float32, [None, size, size, 3], name="input"))
        return network_of(graph.as_graph_def(), ["input"], outputs, **options)


def residual(value):
    """conv1+bias, relu (read twice), depthwise, bn, relu6, conv2 (no bias), add, relu, reshape, concat, pool."""
    one = tf.nn.relu(conv(value, 4, "conv1"), name="relu1")
    two = tf.nn.relu6(batch_norm(depthwise(one, "dw", 1), "bn"), name="clip")
    three = tf.nn.relu(tf.math.add(conv(two, 4, "conv2", bias=False), one, name="add"), name="relu2")
    shaped = tf.reshape(three, [-1, 8, 8, 4], name="reshape")
    tf.nn.avg_pool2d(tf.concat([shaped, two], -1, name="concat"), 2, 2, "SAME", name="pool")


def network():
    return build(residual, ["pool"])


def images(number=2, seed=3):
    return random(number, 8, 8, 3, seed=seed)
