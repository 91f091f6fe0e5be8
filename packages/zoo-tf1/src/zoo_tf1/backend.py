"""From a model card to a network: the one place where cards, graphs, quantizers and runtimes meet."""

import argparse
import os
from typing import TYPE_CHECKING, ClassVar, Sequence

from zoo_common.cards import Card, Registry
from zoo_common.cards.parts import Recipe
from zoo_common.frontend import Backend, Built, CalibrationSet
from zoo_tf1 import options, source
from zoo_tf1.settings import card_options, settings_of

if TYPE_CHECKING:
    from zoo_tf1.source import Source


class Tf1Backend(Backend):
    """TensorFlow 1.15 graphs. TensorFlow itself loads when the first network is built."""

    command: ClassVar[str] = "zoo-tf1"
    distributions: ClassVar[Sequence[str]] = ("zoo-tf1", "tensorflow", "onnx", "onnxruntime")
    default_model: ClassVar[str] = os.environ.get("ZOO_MODEL", "paf_demo")
    default_precisions: ClassVar[Sequence[str]] = ("fp32", "w8a8", "w8a8-recovered", "int8-executed")

    def __init__(self) -> None:
        self.registry = Registry("zoo_tf1")

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add where the graph comes from, how it is quantized, and what runs it."""
        options.add_graph_arguments(parser)
        options.add_quantization_arguments(parser)
        options.add_running_arguments(parser)

    def prepare(self, card: Card, args: argparse.Namespace) -> None:
        """Find mistakes on the command line before data are read and TensorFlow is imported.

        Raises:
            ZooError: no graph, unknown configuration, contradictory flags.
        """
        source.check(card, args)
        for recipe in card.precisions.values():
            if recipe.weight_bits <= 16:
                settings_of(card, recipe, args)

    def build(self, card: Card, precision: str, calibration: CalibrationSet, args: argparse.Namespace) -> Built:
        """Build the network; see `Backend.build`."""
        recipe = card.precisions[precision]
        found = source.open_network(card, args)
        return build(card, recipe, found, calibration, args)


def is_quantized(recipe: Recipe) -> bool:
    """Tell whether a precision rounds anything."""
    return recipe.weight_bits <= options.MOST_BITS


def build(card: Card, recipe: Recipe, found: "Source", calibration: CalibrationSet, args: argparse.Namespace) -> Built:
    """Build the network of a graph at a precision.

    Raises:
        ZooError: the graph cannot be quantized, or the engine cannot run it.
    """
    from zoo_tf1.network import executed_network, float_network, simulated_network
    from zoo_tf1.networks.counting import size_of
    from zoo_tf1.recipe import folded, images, quantize

    size = size_of(found.network, (card.input.height, card.input.width))
    if not is_quantized(recipe):
        network, about = found.network, {"batch_norms": "as given"}
        if card_options(card, recipe).fold_batch_norms:
            network, about = folded(found, images(calibration), args.threads)
        about = dict(about, **size)
        return Built(float_network(network, found.parts, about, args.engine, args.threads), found.files)
    quantized = quantize(card, recipe, found, calibration, args)
    quantized = quantized._replace(about=dict(quantized.about, **size))
    files = found.files + quantized.files
    if recipe.execution == "simulated":
        return Built(simulated_network(quantized, recipe, found.parts), files)
    return Built(executed_network(quantized, recipe, found.parts, args.threads), files)
