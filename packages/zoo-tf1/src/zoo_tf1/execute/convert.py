"""Frozen TensorFlow graphs as ONNX models, by tf2onnx.

Inputs and outputs keep TensorFlow's names, shapes and layout (channels last); tf2onnx works channels first in between.
"""

import logging
from typing import Any, Dict, List

import onnx

from zoo_common.errors import ZooError
from zoo_common.files import PathLike, atomic_open
from zoo_tf1.quantsim.graph import Network
from zoo_tf1.tensorflow1 import tf

OPSET = 13
DEPTHWISE = "DepthwiseConv2dNative"


def to_onnx(network: Network) -> onnx.ModelProto:
    """Convert a network.

    A convolution is called as its BiasAdd is, or if it has none as itself; its weights are constants [out, in / groups,
    kh, kw]. The model's inputs and outputs are called ``<op>:0`` and are of any size that the network leaves open.

    Args:
        network: frozen; batch norms in training mode are not known to ONNX.

    Raises:
        ZooError: tf2onnx is absent, or there is an operation it cannot convert.
    """
    try:
        from tf2onnx import optimizer, tfonnx, utils
    except ImportError as error:
        raise ZooError("tf2onnx is not installed: {}".format(error)) from error
    logging.getLogger("tf2onnx").setLevel(logging.CRITICAL)
    utils.INTERNAL_NAME = 1  # what it counts its new names from: equal networks give equal models
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(network.graph, name="")
        try:
            converted = tfonnx.process_tf_graph(
                graph,
                opset=OPSET,
                input_names=[name + ":0" for name in network.inputs],
                output_names=[name + ":0" for name in network.outputs],
                custom_rewriter=[_depthwise_biases],
            )
            _refuse_unknown(converted.get_nodes())
            model = optimizer.optimize_graph(converted, catch_errors=False).make_model("zoo-tf1")
        except ZooError:
            raise
        except Exception as error:  # tf2onnx raises whatever its handlers happen to
            text = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise ZooError("the network cannot be converted to ONNX: {}".format(text)) from error
    onnx.checker.check_model(model)
    return model


def write_model(model: onnx.ModelProto, path: PathLike) -> None:
    """Write an ONNX file, whole or not at all; equal models give equal bytes.

    Raises:
        ZooError: the file cannot be written.
    """
    with atomic_open(path, "wb") as stream:
        stream.write(model.SerializeToString(deterministic=True))


def _depthwise_biases(graph: Any, nodes: List[Any]) -> List[Any]:
    """Give depthwise convolutions their biases, as tf2onnx itself does for other convolutions."""
    for add in [node for node in nodes if node.type == "BiasAdd"]:
        conv = add.inputs[0]
        if conv.type != DEPTHWISE or len(graph.find_output_consumers(conv.output[0])) > 1:
            continue
        about: Dict[str, Any] = {"name": add.name, "outputs": add.output, "attr": conv.attr}
        about.update(shapes=add.output_shapes, dtypes=add.output_dtypes)
        inputs = [*conv.input[:2], add.input[1]]
        graph.remove_node(conv.name)
        graph.remove_node(add.name)
        graph.make_node(DEPTHWISE, inputs, skip_conversion=False, **about)
    return graph.get_nodes()


def _refuse_unknown(nodes: List[Any]) -> None:
    for node in nodes:
        if not (node.is_const() or node.is_graph_input() or onnx.defs.has(node.type, node.domain)):
            raise ZooError("operation '{}': tf2onnx cannot convert type {}".format(node.name, node.type))
