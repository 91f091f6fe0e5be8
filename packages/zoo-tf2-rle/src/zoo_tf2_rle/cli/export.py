"""`zoo-tf2-rle export`: a network as a TFLite file, at any precision."""

import argparse
from pathlib import Path
from typing import Any, Optional

from zoo_common.cards.parts import Recipe
from zoo_common.coco import open_coco
from zoo_common.files import atomic_open
from zoo_common.frontend import CalibrationSet
from zoo_common.frontend.calibration import add_calibration_arguments, calibration_source
from zoo_common.frontend.data import default_data
from zoo_common.frontend.protocol import add_protocol_arguments, task_of
from zoo_common.tasks import Task
from zoo_tf2_rle import options, source
from zoo_tf2_rle.backend import Tf2RleBackend, set_threads
from zoo_tf2_rle.recipes import recipe_of

FORMATS = ("tflite",)
INPUTS = ("pixels", "normalised")


def add_commands(commands: Any, backend: Tf2RleBackend, default_model: str) -> None:
    """Add `export`."""
    parser = commands.add_parser(
        "export",
        help="write a network as a TFLite file",
        description="Write NAME-PRECISION.tflite: one crop a call, its pixels in, coordinates and sigmas in float32 "
        "out. int8 is calibrated on crops of the train split. `evaluate --tflite FILE` runs it.",
    )
    parser.add_argument("model", nargs="?", default=default_model, help="name of a card (see `list`)")
    parser.add_argument("--format", choices=FORMATS, default=FORMATS[0], help="kind of file")
    parser.add_argument("--precision", default="fp32", help="one of the card's precisions")
    parser.add_argument(
        "--input",
        choices=INPUTS,
        default=INPUTS[0],
        help="uint8 [1, H, W, 3], normalised within; or float32 [1, H, W, 3], normalised as the card says",
    )
    parser.add_argument("--out", type=Path, default=Path("model"), help="folder to write in")
    parser.add_argument("--data", type=Path, help="COCO tree (default: the embedded synthetic dataset)")
    parser.add_argument("--split", help="split of the evaluation to come, to calibrate beside (default: the one found)")
    add_protocol_arguments(parser, flip=False)
    options.add_weight_arguments(parser, tflite=False)
    add_calibration_arguments(parser)
    options.add_quantization_arguments(parser)
    parser.add_argument("--threads", type=options.positive, metavar="N", help="of the network (default: one a core)")
    parser.set_defaults(function=lambda args: run(backend, args))


def run(backend: Tf2RleBackend, args: argparse.Namespace) -> int:
    """Run the command."""
    card = backend.registry.get(args.model)
    source.check_card(card)
    recipe, task = recipe_of(card, args.precision, args), task_of(card, args)
    source.weights_path(card, args)
    calibration = _calibration(recipe, task, args)
    set_threads(args)
    from zoo_tf2_rle.execute.pixels import Pixels
    from zoo_tf2_rle.execute.tflite_convert import convert

    found = source.open_network(card, task.input_shape[1:], args)
    pixels = Pixels.of(task.options) if args.input == "pixels" else None
    content = convert(found.model, recipe, calibration.batches if calibration else None, pixels)
    path = args.out / "{}-{}.tflite".format(card.name, args.precision)
    with atomic_open(path, "wb") as stream:
        stream.write(content)
    seen = ", calibrated on {} crops".format(calibration.record().samples) if calibration else ""
    print("{}: {:.2f} MB{}".format(path, len(content) / 1e6, seen))
    return 0


def _calibration(recipe: Recipe, task: Task, args: argparse.Namespace) -> Optional[CalibrationSet]:
    if recipe.calibration is None:
        return None
    dataset = open_coco(args.data if args.data is not None else default_data(), split=args.split)
    beside = calibration_source(dataset, args.calibration_split)
    asked = args.calibration_samples or recipe.calibration.samples
    return CalibrationSet(task, dataset, beside, asked, args.calibration_order, args.calibration_samples is not None)
