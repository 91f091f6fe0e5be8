"""What the commands that calibrate without evaluating have in common: data, images, a graph to quantize."""

import argparse
from pathlib import Path
from typing import NamedTuple

from zoo_common.cards import Card
from zoo_common.cards.parts import Recipe
from zoo_common.coco import open_coco
from zoo_common.errors import ZooError, did_you_mean
from zoo_common.frontend import CalibrationSet
from zoo_common.frontend.calibration import add_calibration_arguments, calibration_source
from zoo_common.frontend.data import default_data
from zoo_common.frontend.protocol import add_protocol_arguments, task_of
from zoo_tf1 import options, source
from zoo_tf1.backend import Tf1Backend, is_quantized


class Prepared(NamedTuple):
    """A card's graph and the images to calibrate it on."""

    card: Card
    recipe: Recipe
    source: source.Source
    calibration: CalibrationSet


def add_arguments(parser: argparse.ArgumentParser, default_model: str, precision: str) -> None:
    """Add model, precision, data, protocol, graph, quantization, calibration and execution."""
    parser.add_argument("model", nargs="?", default=default_model, help="name of a card (see `list`)")
    parser.add_argument("--precision", default=precision, help="one of the card's quantized precisions")
    parser.add_argument("--data", type=Path, help="COCO tree (default: the embedded synthetic dataset)")
    parser.add_argument("--split", help="split of the evaluation to come, to calibrate beside (default: the one found)")
    parser.add_argument("--no-progress", action="store_true", help="no progress bar")
    add_protocol_arguments(parser, flip=False)
    options.add_graph_arguments(parser)
    options.add_quantization_arguments(parser)
    add_calibration_arguments(parser)
    options.add_threads(parser)


def prepare(backend: Tf1Backend, args: argparse.Namespace) -> Prepared:
    """Open data and graph as the arguments say.

    Raises:
        ZooError: no such quantized precision, or the data or the graph are no good.
    """
    card = backend.registry.get(args.model)
    quantized = [name for name, recipe in card.precisions.items() if is_quantized(recipe)]
    if args.precision not in quantized:
        hint = did_you_mean(args.precision, quantized)
        raise ZooError("--precision: {} has no quantized '{}'{}".format(card.name, args.precision, hint))
    recipe = card.precisions[args.precision]
    backend.prepare(card, args)
    task = task_of(card, args)
    dataset = open_coco(args.data if args.data is not None else default_data(), split=args.split, kind=task.kind)
    asked = args.calibration_samples or (recipe.calibration.samples if recipe.calibration else 1)
    beside = calibration_source(dataset, args.calibration_split)
    exactly = args.calibration_samples is not None
    calibration = CalibrationSet(task, dataset, beside, asked, args.calibration_order, exactly)
    return Prepared(card, recipe, source.open_network(card, args), calibration)
