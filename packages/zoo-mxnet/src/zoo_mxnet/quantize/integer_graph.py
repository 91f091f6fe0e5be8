"""Edits on MXNet's quantized graph: the names of its operators, and keeping shuffles and the head in integers."""

from typing import Dict, Optional, Tuple

import numpy as np

from zoo_mxnet.networks.graph import Entry, Graph, Node

CONV = "_sg_mkldnn_conv"
QUANTIZE = "_contrib_quantize_v2"
DEQUANTIZE = "_contrib_dequantize"
POOL = "_contrib_quantized_pooling"
ACTIVATION = "_contrib_quantized_act"
MOVES = ("Reshape", "transpose", "slice")
"""Operators that only move values, so that they act on integers as on floats."""


def is_integer_conv(node: Node) -> bool:
    """Whether a node is a convolution that runs in int8."""
    return node.op == CONV and node.flag("quantized")


def has_activation(node: Node) -> bool:
    """Whether ReLU (or ReLU6) is fused into a convolution, so that its output is unsigned."""
    return node.flag("with_act") or node.flag("with_postsum_act")


def clips(node: Node) -> bool:
    """Whether the activation fused into a convolution is a clip such as ReLU6."""
    return any(inner["op"] == "clip" for inner in (node.subgraphs or [{"nodes": []}])[0]["nodes"])


def layer_name(node: Node) -> str:
    """Return the name the convolution inside a fused node had in the float network."""
    for inner in (node.subgraphs or [{"nodes": []}])[0]["nodes"]:
        if inner["op"] == "Convolution":
            return inner["name"]
    return node.name


def output_range(graph: Graph, entry: Entry) -> Optional[Tuple[float, float]]:
    """Return the calibrated range of a quantized value, found upstream; None if it is computed at run time."""
    node = graph.nodes[entry[0]]
    while node.op in (POOL, ACTIVATION) or node.op in MOVES:
        node = graph.nodes[node.inputs[0][0]]
    if "max_calib_range" not in node.attrs:
        return None
    return float(node.attrs["min_calib_range"]), float(node.attrs["max_calib_range"])


def integer_head(graph: Graph, args: Dict[str, np.ndarray], conv_layer: str, factors: np.ndarray) -> None:
    """Let the last convolution deliver its 32-bit sums, unrounded, and scale them to float itself.

    MXNet would round the heatmaps to 127 positive levels; neighbouring pixels then tie and the
    sub-pixel offset of the decoder is lost.

    Args:
        graph: calibrated quantized graph, edited in place.
        args: parameters; the new per-channel scale is added.
        conv_layer: float-network name of the convolution.
        factors: ``[C]`` what each output channel's weights were multiplied with beforehand (MXNet has
            one weight scale per layer when it delivers 32-bit sums).
    """
    conv = next(node for node in graph.of_type(CONV) if layer_name(node) == conv_layer)
    low_high = output_range(graph, conv.inputs[0])
    weight = args[conv.inputs[1][0]]
    if low_high is None:
        raise ValueError("the head's input range is not calibrated")
    low, high = low_high
    levels = 127 if low < 0 else 255
    step = max(abs(low), abs(high)) / levels * float(np.abs(weight).max()) / 127
    del conv.attrs["min_calib_range"], conv.attrs["max_calib_range"]
    for dequantize in [node for node in graph.consumers()[conv.name] if node.op == DEQUANTIZE]:
        name = conv_layer + "_scale"
        args[name] = (step / np.asarray(factors, np.float64)).reshape(1, -1, 1, 1)
        # float64 because MXNet casts int32 to float32 in place and then still believes oneDNN's layout
        entry = graph.add("Cast", conv_layer + "_sums", [(conv.name, 0)], dtype="float64")
        entry = graph.add("broadcast_mul", conv_layer + "_scaled", [entry, graph.variable(name)])
        entry = graph.add("Cast", conv_layer + "_float", [entry], dtype="float32")
        graph.redirect((dequantize.name, 0), entry)
