"""Bias correction, empirical (Nagel et al. 2019, "Data-Free Quantization", arXiv:1906.04721, section 4.2).

Rounded weights shift the mean of a layer's outputs. The shift is measured on a few batches, against the float network,
and taken off the bias. A layer is measured after all before it are corrected, so that it also makes good what they
could not; layers that do not depend on each other are measured in one pass, which changes nothing and saves passes.
The paper's analytic form needs batch norms' statistics, which are gone once they are folded.

Equal means are no promise of better outputs: where a few images have features a hundred times larger than the others,
they rule the means. Measure before and after.
"""

from typing import Dict, Iterable, List, NamedTuple, Optional, Tuple

import numpy as np
from tensorflow.core.framework import types_pb2
from tqdm import tqdm

from zoo_common.errors import ZooError
from zoo_tf1.quantsim.biases import Layer, layers_by_level, with_biases
from zoo_tf1.quantsim.graph import GraphDef, Index, Network, NodeDef, make_constant, make_node, rebuilt
from zoo_tf1.quantsim.insert import Quantization, round_constants
from zoo_tf1.quantsim.placement import WEIGHT, Placement
from zoo_tf1.quantsim.runner import Batch, Runner

FLOAT, DOUBLE, INT32 = types_pb2.DT_FLOAT, types_pb2.DT_DOUBLE, types_pb2.DT_INT32
PREFIX = "quantsim/bias_correction/"


class Corrected(NamedTuple):
    """What comes of `correct_biases`.

    Attributes:
        network: in float, with other biases; a layer without a BiasAdd has one now, of the layer's name.
        placement: of the same quantizers; only who reads the constants may have changed.
        layers: how many were corrected.
    """

    network: Network
    placement: Placement
    layers: int


def correct_biases(
    network: Network,
    placement: Placement,
    quantization: Quantization,
    batches: Iterable[Batch],
    threads: Optional[int] = None,
    progress: bool = False,
) -> Corrected:
    """Take the mean shift of each layer with rounded weights off its bias.

    On the batches given, each counted alike, every corrected layer then has the float network's mean in each channel.
    Activations are not rounded meanwhile: calibrate them afterwards.

    Args:
        network: in float, batch norms folded.
        placement: its quantizers.
        quantization: encodings of its weights; others are not looked at.
        batches: float32 arrays or mappings of input names to arrays; all are kept, and run once a level.
        threads: of TensorFlow.
        progress: show a bar.

    Raises:
        ZooError: there are no batches, or one does not fit the network or gives values that are not finite.
    """
    weights = {
        name: encoding
        for name, encoding in quantization.parameters.items()
        if placement.parameters[name].kind == WEIGHT and placement.parameters[name].enabled
    }
    batches = list(batches)
    if not batches:
        raise ZooError("bias correction: there are no batches")
    prepared, placement, layers = with_biases(network, placement, weights)
    levels = layers_by_level(prepared, layers)
    every = [layer for level in levels for layer in level]
    with Runner(prepared, _with_means(prepared.graph, every), threads) as runner:
        wanted = _means(runner, batches, every, {})
    rounded = round_constants(prepared, placement, weights)
    biases = {layer.name: layer.value.astype(np.float64) for layer in every}
    with Runner(rounded, _with_means(_with_fed_biases(rounded.graph, every), every), threads) as runner:
        for level in tqdm(levels, "correcting biases", disable=not progress, unit="level"):
            found = _means(runner, batches, level, biases)
            for layer in level:
                biases[layer.name] = biases[layer.name] + (wanted[layer.name] - found[layer.name])
    constants = {layer.bias: make_constant(layer.bias, biases[layer.name]) for layer in every}
    nodes = [constants.get(node.name, node) for node in prepared.graph.node]
    return Corrected(prepared._replace(graph=rebuilt(prepared.graph, nodes)), placement, len(every))


def _with_means(graph: GraphDef, layers: List[Layer]) -> GraphDef:
    """Add the mean of each layer's output per channel, in double precision."""
    result = rebuilt(graph, graph.node)
    for layer in layers:
        own = PREFIX + layer.name
        axes = make_constant(own + "/axes", np.array(layer.mean_axes, np.int32))
        wide = make_node(own + "/double", "Cast", [layer.name], SrcT=FLOAT, DstT=DOUBLE)
        mean = make_node(own + "/mean", "Mean", [wide.name, axes.name], T=DOUBLE, Tidx=INT32)
        result.node.extend([axes, wide, mean])
    return result


def _with_fed_biases(graph: GraphDef, layers: List[Layer]) -> GraphDef:
    result = rebuilt(graph, graph.node)
    nodes = Index(result).nodes
    added: List[NodeDef] = []
    for layer in layers:
        fed = make_node(PREFIX + layer.name + "/bias", "Placeholder", [], dtype=FLOAT)
        fed.attr["shape"].shape.dim.add().size = len(layer.value)
        nodes[layer.name].input[1] = fed.name
        added.append(fed)
    result.node.extend(added)
    return result


def _means(
    runner: Runner, batches: List[Batch], layers: List[Layer], biases: Dict[str, np.ndarray]
) -> Dict[str, np.ndarray]:
    fed = {PREFIX + name + "/bias": value.astype(np.float32) for name, value in biases.items()}
    fetches = [PREFIX + layer.name + "/mean:0" for layer in layers]
    totals: List[Tuple[str, np.ndarray]] = []
    for batch in batches:
        totals.extend(zip((layer.name for layer in layers), runner.fetch(batch, fetches, fed)))
    found = {layer.name: np.zeros(len(layer.value)) for layer in layers}
    for name, mean in totals:
        if not np.isfinite(mean).all():
            raise ZooError("bias correction: tensor '{}:0' has values that are not finite".format(name))
        found[name] += mean / len(batches)
    return found
