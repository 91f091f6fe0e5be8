"""Seven-bit activations for CPUs without VNNI.

Without VNNI oneDNN multiplies unsigned by signed bytes with `vpmaddubsw`, which adds pairs of
products in 16 bits and saturates: 255 * 127 * 2 = 64770 does not fit into 32767. With activations of
at most 127 no pair can reach it (127 * 127 * 2 = 32258), at the price of half the activation levels.
Signed inputs need nothing: there oneDNN halves the weights itself. ReLU6 outputs keep their 8 bits:
MXNet's fused int8 ReLU6 clips only because bytes end where the calibrated range does, so that a wider
range would undo it; and most of them feed depthwise convolutions, which add no pairs.
"""

import logging
from typing import AbstractSet, Any, Mapping, Optional

from zoo_mxnet.networks.cpu import cpu_flags, has_vnni
from zoo_mxnet.networks.graph import Graph
from zoo_mxnet.quantize.integer_graph import CONV, QUANTIZE, clips, has_activation, is_integer_conv
from zoo_mxnet.quantize.residual_range import writes_signed_bytes

WIDEN = 255 / 127
LOG = logging.getLogger(__name__)


def warn_of_saturation(source: str, recipe: Mapping[str, Any], flags: Optional[AbstractSet[str]] = None) -> bool:
    """Log one warning where a saved network's activations may saturate on this CPU.

    Args:
        source: the file to name.
        recipe: the network's; one without ``activation_bits`` was made by MXNet, whose activations have 8.
        flags: the CPU's instruction sets; None asks this one.

    Returns:
        Whether it warned.
    """
    flags = cpu_flags() if flags is None else flags
    if not flags or has_vnni(flags) or recipe.get("activation_bits", 8) == 7:
        return False
    LOG.warning(
        "%s: has 8-bit activations, and this CPU has no VNNI: oneDNN may saturate at 16 bits and lose accuracy; "
        "quantize again with --activation-bits 7",
        source,
    )
    return True


def limit_activations(graph: Graph) -> int:
    """Widen the calibrated range of every unsigned activation so that its bytes stay at or below 127.

    Returns:
        How many ranges were widened.
    """
    widened = 0
    for node in graph.of_type(CONV, QUANTIZE):
        if "max_calib_range" not in node.attrs:
            continue
        if node.op == CONV:
            unsigned = is_integer_conv(node) and has_activation(node) and not writes_signed_bytes(graph, node)
            unsigned = unsigned and not clips(node)
        else:
            unsigned = float(node.attrs["min_calib_range"]) >= 0
        if unsigned:
            node.attrs["max_calib_range"] = repr(float(node.attrs["max_calib_range"]) * WIDEN)
            widened += 1
    return widened
