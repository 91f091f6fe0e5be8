"""Named sets of options for `quantize`, found by measurement."""

from typing import Any, Dict, List

from zoo_common.errors import ZooError, did_you_mean
from zoo_mxnet.networks.float_net import FloatNet
from zoo_mxnet.networks.graph import Graph

RECIPES = ("resnet", "mobile")
UPSAMPLING = ("Deconvolution", "UpSampling", "depth_to_space")
MOBILE_FLOAT_LAYERS = 4
"""Stem, first depthwise block and first expansion: a few large, thin layers that carry most of the error."""


def recipe_options(name: str, net: FloatNet) -> Dict[str, Any]:
    """Return the keyword arguments of `quantize` for a recipe.

    ``resnet`` quantizes everything. ``mobile``, for depthwise networks, takes ranges of least squared error, leaves
    linear bottlenecks signed, and keeps the first four convolutions and the decoder in float: the decoder's
    activations are heavy-tailed (on some crops fifteen times their usual range), which no 8-bit range serves.

    Raises:
        ZooError: unknown recipe.
    """
    if name not in RECIPES:
        raise ZooError("recipe: unknown '{}'{}".format(name, did_you_mean(name, RECIPES)))
    if name == "resnet":
        return {}
    layers = [node.name for node in Graph.from_symbol(net.symbol).of_type("Convolution")]
    kept = dict.fromkeys(layers[:MOBILE_FLOAT_LAYERS] + decoder(net))
    return {"mode": "mse", "unsigned": "none", "exclude": tuple(kept)}


def decoder(net: FloatNet) -> List[str]:
    """Return the convolutions from the one before the first upsampling on; none if nothing upsamples."""
    names: List[str] = []
    found = False
    for node in Graph.from_symbol(net.symbol).sorted_nodes():
        found = found or node.op in UPSAMPLING
        if node.op == "Convolution":
            names = [*names, node.name] if found else [node.name]
    return names if found else []


def recommended(net: FloatNet) -> str:
    """Return ``mobile`` for networks with depthwise convolutions, else ``resnet``."""
    graph = Graph.from_symbol(net.symbol)
    depthwise = any(node.attrs.get("num_group", "1") != "1" for node in graph.of_type("Convolution"))
    return "mobile" if depthwise else "resnet"
