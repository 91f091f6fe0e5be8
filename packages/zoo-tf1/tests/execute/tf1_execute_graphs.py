"""Small graphs of any size, their quantization and a measure of likeness."""

import numpy as np

from zoo_tf1.quantsim.load import network_of
from zoo_tf1.quantsim.simulation import Simulation
from zoo_tf1.tensorflow1 import tf


def random(*shape, seed=0):
    return np.random.RandomState(seed).randn(*shape).astype(np.float32)


def images(*shape, seed=3):
    return random(*shape, 3, seed=seed)


def decibels(reference, value):
    """Return the ratio of signal to difference, inf where they are equal."""
    error = float(((reference - value) ** 2).sum(dtype=np.float64))
    return 10 * np.log10(float((reference**2).sum(dtype=np.float64)) / error) if error else np.inf


def build(make, outputs):
    with tf.Graph().as_default() as graph:
        make(tf.placeholder(tf.float32, [None, None, None, 3], name="input"))
        return network_of(graph.as_graph_def(), ["input"], outputs)


def kernel(name, *shape, seed=1):
    fan_in = np.prod(shape[:2]) * (1 if shape[3] == 1 else shape[2])
    return tf.constant(random(*shape, seed=seed) / np.float32(np.sqrt(fan_in)), name=name)


def residual(value):
    """Draw conv1 + bias, relu (read twice), dw + bias, relu6, conv2 (no bias), add, concat, pool; two outputs."""
    one = tf.nn.conv2d(value, kernel("conv1/weights", 3, 3, 3, 8), 1, "SAME", name="conv1")
    one = tf.nn.relu(tf.nn.bias_add(one, random(8, seed=2) / 4, name="conv1/bias"), name="relu1")
    weights = kernel("dw/weights", 3, 3, 8, 1, seed=4)
    two = tf.raw_ops.DepthwiseConv2dNative(input=one, filter=weights, strides=[1, 1, 1, 1], padding="SAME", name="dw")
    two = tf.nn.relu6(tf.nn.bias_add(two, random(8, seed=5) / 4, name="dw/bias"), name="clip")
    three = tf.nn.conv2d(two, kernel("conv2/weights", 1, 1, 8, 8, seed=6), 1, "SAME", name="conv2")
    four = tf.math.add(three, one, name="add")
    tf.nn.avg_pool2d(tf.concat([four, two], -1, name="concat"), 2, 2, "SAME", name="pool")


def network():
    return build(residual, ["pool", "conv2"])


def dense():
    def make(value):
        flat = tf.reshape(value, [-1, 192])
        tf.matmul(flat, tf.constant(random(192, 5)), name="dense")

    return build(make, ["dense"])


def unknown():
    return build(lambda value: tf.raw_ops.Betainc(a=value, b=value, x=value, name="odd"), ["odd"])


def simulated(net=None, **options):
    """Return a calibrated simulation."""
    simulation = Simulation(net or network(), threads=1, **options)
    simulation.compute_encodings([images(2, 8, 8, seed=seed) for seed in range(3)])
    return simulation
