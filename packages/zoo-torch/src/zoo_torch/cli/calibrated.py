"""What the commands that calibrate without evaluating have in common: data, samples, a quantized network."""

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
from zoo_torch import options, source
from zoo_torch.backend import TorchBackend, check_running, set_threads


class Prepared(NamedTuple):
    """A card's network and the samples to calibrate it on."""

    card: Card
    recipe: Recipe
    source: source.Source
    calibration: CalibrationSet
    device: str


def add_arguments(parser: argparse.ArgumentParser, default_model: str, precision: str) -> None:
    """Add model, precision, data, protocol, weights, recipe, calibration and execution."""
    parser.add_argument("model", nargs="?", default=default_model, help="name of a card (see `list`)")
    parser.add_argument("--precision", default=precision, help="one of the card's quantized precisions")
    parser.add_argument("--data", type=Path, help="COCO tree (default: the embedded synthetic dataset)")
    parser.add_argument("--split", help="split of the evaluation to come, to calibrate beside (default: the one found)")
    add_protocol_arguments(parser, flip=False)
    options.add_weight_arguments(parser)
    options.add_recipe_arguments(parser)
    add_calibration_arguments(parser)
    options.add_calibration_preset(parser)
    options.add_running_arguments(parser)


def prepare(backend: TorchBackend, args: argparse.Namespace) -> Prepared:
    """Open data and network as the arguments say.

    Raises:
        ZooError: no such quantized precision, or the data or the weights are no good.
    """
    card = backend.registry.get(args.model)
    if card.builder_among(source.BUILDERS) != "hrnet":
        raise ZooError("{}: an ONNX network is run as it is; it cannot be quantized here".format(card.name))
    quantized = [name for name, recipe in card.precisions.items() if recipe.weight_bits <= 8]
    if args.precision not in quantized:
        hint = did_you_mean(args.precision, quantized)
        raise ZooError("--precision: {} has no quantized '{}'{}".format(card.name, args.precision, hint))
    recipe = card.precisions[args.precision]
    backend.prepare(card, args)
    task = task_of(card, args)
    dataset = open_coco(args.data if args.data is not None else default_data(), split=args.split)
    asked = args.calibration_samples or (recipe.calibration.samples if recipe.calibration else 1)
    beside = calibration_source(dataset, args.calibration_split)
    exactly = args.calibration_samples is not None
    calibration = CalibrationSet(task, dataset, beside, asked, args.calibration_order, exactly)
    device = check_running(recipe, args, "hrnet")
    set_threads(args)
    found = source.open_hrnet(card, recipe, task.input_shape[1:], args)
    return Prepared(card, recipe, found, calibration, device)
