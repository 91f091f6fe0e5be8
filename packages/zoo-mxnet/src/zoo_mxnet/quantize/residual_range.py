"""The residual clipping defect of MXNet 1.9.1, mended in a quantized symbol.

`relu(conv + residual)` runs in place on the residual's bytes. If the residual is signed (a
convolution without activation, as in every downsampling block) the result is written as signed bytes
too, but with the scale of unsigned ones, 255 / max. So everything above 127/255 of the calibrated
maximum saturates. Declaring a maximum 255/127 times as large gives the scale 127 / max that signed
bytes need.
"""

from typing import List

from zoo_mxnet.networks.graph import Graph, Node
from zoo_mxnet.quantize.integer_graph import CONV, has_activation, is_integer_conv

CURE = 255 / 127


def clipped_nodes(graph: Graph) -> List[Node]:
    """Return the int8 convolutions that write an unsigned scale into signed bytes."""
    return [
        node for node in graph.of_type(CONV) if "max_calib_range" in node.attrs and writes_signed_bytes(graph, node)
    ]


def mend_residual_ranges(graph: Graph) -> List[str]:
    """Multiply the calibrated maximum of every `clipped_nodes` by 255/127.

    Returns:
        Their names. Apply once: a mended graph looks the same as a clipped one.
    """
    nodes = clipped_nodes(graph)
    for node in nodes:
        node.attrs["max_calib_range"] = repr(float(node.attrs["max_calib_range"]) * CURE)
    return [node.name for node in nodes]


def writes_signed_bytes(graph: Graph, node: Node) -> bool:
    """Whether a fused `relu(conv + residual)` works in place on a signed residual."""
    if not is_integer_conv(node) or not node.flag("with_postsum_act"):
        return False
    # the last five inputs: residual, data min, data max, residual min, residual max
    residual = graph.nodes[node.inputs[-5][0]]
    return is_integer_conv(residual) and not has_activation(residual)
