"""Small random pose graphs as a user brings them: frozen, with training-mode batch norms, as a checkpoint."""

import numpy as np
import pytest

from zoo_tf1.cli import main as cli
from zoo_tf1.tensorflow1 import tf

HEIGHT = 64


@pytest.fixture
def run():
    """Run `zoo-tf1`; returns the exit code."""

    def call(*argv):
        with pytest.raises(SystemExit) as stop:
            cli.main([str(arg) for arg in argv])
        return stop.value.code

    return call


def draw(norm="none", variables=False, ends=("image", "heatmaps", "pafs")):
    """Draw a network of stride 8 into the default graph: an image, 19 heatmaps, 38 fields, and `maps`, both."""
    image = tf.placeholder(tf.float32, [None, None, None, 3], name=ends[0])
    state = np.random.RandomState(7)

    def conv(value, filters, name, strides=1, size=3):
        shape = (size, size, int(value.shape[-1]), filters)
        kernel = state.randn(*shape).astype(np.float32) * (2.0 / (size * size * shape[2])) ** 0.5
        weights = tf.Variable(kernel, name=name + "/w") if variables else tf.constant(kernel, name=name + "/w")
        return tf.nn.conv2d(value, weights, strides=strides, padding="SAME", name=name)

    def bias(value, name):
        return tf.nn.bias_add(value, state.randn(int(value.shape[-1])).astype(np.float32) * 0.1, name=name)

    def batch_norm(value, name):
        ones = np.ones(int(value.shape[-1]), np.float32)
        statistics = [ones * 0, ones] if norm == "inference" else [np.zeros(0, np.float32)] * 2
        return tf.raw_ops.FusedBatchNormV3(
            x=value, scale=ones, offset=ones * 0, mean=statistics[0], variance=statistics[1],
            is_training=norm == "training", name=name,
        )[0]  # fmt: skip

    one = conv(image, 8, "conv1", strides=4)
    one = batch_norm(one, "bn1") if norm != "none" else bias(one, "conv1/bias")
    two = tf.nn.relu(bias(conv(tf.nn.relu(one, name="relu1"), 16, "conv2", strides=2), "conv2/bias"), name="relu2")
    heatmaps = bias(conv(two, 19, "conv3", size=1), ends[1])
    pafs = bias(conv(two, 38, "conv4", size=1), ends[2])
    tf.concat([heatmaps, pafs], -1, name="maps")


@pytest.fixture(scope="session")
def graphs(tmp_path_factory):
    """Files by name: ``plain``, ``folding``, ``training`` and ``variables`` (unfrozen) .pb; ``checkpoint`` .meta."""
    folder = tmp_path_factory.mktemp("graphs")
    found = {}
    for name, options in (
        ("plain", {}),
        ("folding", {"norm": "inference"}),
        ("training", {"norm": "training"}),
        ("variables", {"variables": True}),
    ):
        with tf.Graph().as_default() as graph:
            draw(**options)
            found[name] = folder / (name + ".pb")
            found[name].write_bytes(graph.as_graph_def().SerializeToString())
    with tf.Graph().as_default(), tf.Session() as session:
        draw(variables=True)
        session.run(tf.global_variables_initializer())
        tf.train.Saver().save(session, str(folder / "model"))
        found["checkpoint"] = folder / "model.meta"
    return found


@pytest.fixture(scope="session")
def common(tree, graphs):
    """Options every run shares: small images, one thread, the plain graph."""
    ends = ["--input", "image:0", "--outputs", "heatmaps,pafs"]
    size = ["--set", "input_size=[{0},{0}]".format(HEIGHT), "--threads", 1, "--data", tree]
    return ["--graph", graphs["plain"], *ends, *size]


@pytest.fixture(scope="session")
def evaluated(common):
    """Options of `evaluate` on top: few calibration images, batches of two."""
    return [*common, "--calibration-samples", 4, "--batch-size", 2, "--no-progress"]


@pytest.fixture(scope="session")
def checkpoint184(tmp_path_factory):
    """A checkpoint with the tensor names of the AIMET Model Zoo's archive."""
    folder = tmp_path_factory.mktemp("archive")
    with tf.Graph().as_default(), tf.Session() as session:
        draw(variables=True, ends=("input", "node196", "node184"))
        session.run(tf.global_variables_initializer())
        tf.train.Saver().save(session, str(folder / "pose_estimation"))
    return folder / "pose_estimation.meta"
