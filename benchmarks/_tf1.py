"""The TensorFlow 1.15 networks that benchmarks run: the real pose graph, or a small random one."""

from pathlib import Path

import numpy as np

from zoo_common.coco import read_image
from zoo_common.paf import fit, lay

GRAPH = "weights/tfpose_mobilenet_v2_small/graph_opt.pb"
OUTPUT = "Openpose/concat_stage7"


def photographs(root, split, height, number):
    """Yield images of a split, float32 [1, H, W, 3], BGR 0..255, scaled to ``height`` and padded."""
    for path in sorted(Path(root, "coco", "images", split).glob("*.jpg"))[:number]:
        image = read_image(path)
        yield lay(image, fit(image.shape[1], image.shape[0], height))[None].astype(np.float32)


def real_networks(root, batches):
    """Return the pose graph as it is, batch norms in training mode; and averaged over ``batches`` and folded."""
    from zoo_tf1.quantsim.batch_norms import average_batch_norms, fold_batch_norms
    from zoo_tf1.quantsim.load import load

    live = load(Path(root, GRAPH), ["image:0"], [OUTPUT + ":0"], training_batch_norms=True)
    return live, fold_batch_norms(average_batch_norms(live, batches))[0]


def recovered_outputs(network):
    """Return the operations whose outputs the real graph's working 8-bit recipe leaves float."""
    concats = ["Openpose/MConv_Stage{}_concat".format(stage) for stage in range(2, 7)]
    kinds = [node for node in network.graph.node if node.op == "DepthwiseConv2dNative"]
    return concats + [node.name for node in kinds if node.name.startswith("Openpose/")]


def random_network(blocks=8, channels=64):
    """Return a separable network with random weights, ``image`` to ``maps`` at an eighth of the size."""
    from zoo_tf1.quantsim.load import network_of
    from zoo_tf1.tensorflow1 import tf

    random = np.random.RandomState(0)

    def conv(value, name, filters, size=1, stride=1, depthwise=False):
        inputs = int(value.shape[-1])
        shape = (size, size, inputs, 1 if depthwise else filters)
        fan_in = size * size * (1 if depthwise else inputs)
        kernel = tf.constant((random.randn(*shape) * np.sqrt(2 / fan_in)).astype(np.float32))
        make = tf.raw_ops.DepthwiseConv2dNative if depthwise else tf.raw_ops.Conv2D
        value = make(input=value, filter=kernel, strides=[1, stride, stride, 1], padding="SAME", name=name)
        return tf.nn.bias_add(value, random.randn(filters).astype(np.float32) / 10, name=name + "/bias")

    with tf.Graph().as_default() as graph:
        value = tf.placeholder(tf.float32, [None, None, None, 3], name="image") / 128 - 1
        for number in range(3):
            value = tf.nn.relu(conv(value, "stem{}".format(number), channels, 3, 2))
        for number in range(blocks):
            value = tf.nn.relu(conv(value, "depthwise{}".format(number), channels, 3, depthwise=True))
            value = tf.nn.relu(conv(value, "pointwise{}".format(number), channels))
        tf.identity(conv(value, "maps", 57), name="end")
        return network_of(graph.as_graph_def(), ["image"], ["maps/bias"])
