"""`zoo-tf2-rle heads`: what each precision does to the coordinates and to the sigmas."""

import argparse
from pathlib import Path
from typing import Any, Iterator, Tuple

from tabulate import tabulate

from zoo_common.cards.parts import Recipe
from zoo_common.coco import CocoDataset, open_coco
from zoo_common.errors import ZooError
from zoo_common.frontend import CalibrationSet
from zoo_common.frontend.calibration import add_calibration_arguments, calibration_source
from zoo_common.frontend.data import default_data
from zoo_common.frontend.protocol import add_protocol_arguments, task_of
from zoo_common.tasks import Task
from zoo_common.tasks.topdown_regression import Regressed
from zoo_tf2_rle import options, source
from zoo_tf2_rle.backend import Tf2RleBackend, set_threads
from zoo_tf2_rle.recipes import CHOICES, recipe_of, with_float_heads

SAMPLES = 128
HEADERS = (
    "precision",
    "float heads",
    "coordinates dB",
    "shift p50 px",
    "p95",
    "max",
    "sigmas dB",
    "score shift",
    "score spread",
)


def add_commands(commands: Any, backend: Tf2RleBackend, default_model: str) -> None:
    """Add `heads`."""
    parser = commands.add_parser(
        "heads",
        help="what quantization does to each head: coordinates and sigmas, kept in float or not",
        description="Compare TFLite files with the float network on crops of the evaluated split, without the flip "
        "test: signal-to-noise ratio of coordinates and sigmas in dB, how far joints move in pixels of the crop, the "
        "mean change of the joints' scores and its spread. A calibrated precision is tried with none, either and both "
        "of the heads left in float.",
    )
    parser.add_argument("model", nargs="?", default=default_model, help="name of a card (see `list`)")
    parser.add_argument("--precision", default="fp16,dynamic,int8", help="comma-separated precisions of the card")
    parser.add_argument("--data", type=Path, help="COCO tree (default: the embedded synthetic dataset)")
    parser.add_argument("--split", help="split the crops are of (default: the validation split found)")
    parser.add_argument(
        "--samples", type=options.positive, default=SAMPLES, metavar="N", help="people, spread evenly over the split"
    )
    add_protocol_arguments(parser, flip=False)
    options.add_weight_arguments(parser, tflite=False)
    add_calibration_arguments(parser)
    group = parser.add_argument_group("execution")
    options.add_delegate_argument(group)
    group.add_argument("--threads", type=options.positive, metavar="N", help="of the network (default: one a core)")
    parser.set_defaults(function=lambda args: run(backend, args), float_heads=None)


def run(backend: Tf2RleBackend, args: argparse.Namespace) -> int:
    """Run the command."""
    card = backend.registry.get(args.model)
    source.check_card(card)
    recipes = {name: recipe_of(card, name, args) for name in args.precision.split(",")}
    source.weights_path(card, args)
    task = task_of(card, args)
    dataset = open_coco(args.data if args.data is not None else default_data(), split=args.split)
    set_threads(args)
    import numpy as np

    from zoo_tf2_rle.execute.frozen import freeze
    from zoo_tf2_rle.execute.head_errors import head_errors
    from zoo_tf2_rle.execute.pixels import Pixels
    from zoo_tf2_rle.execute.tflite_convert import convert
    from zoo_tf2_rle.execute.tflite_run import TfliteRunner
    from zoo_tf2_rle.tensorflow2 import tf

    size = task.input_shape[1:]
    crops = _crops(task, dataset, args.samples)
    found = source.open_network(card, size, args)
    float_network = freeze(found.model, size)
    parts = [[part.numpy() for part in float_network(tf.constant(crop[None]))] for crop in crops.transpose(0, 2, 3, 1)]
    reference = Regressed(*map(np.concatenate, zip(*parts)))
    rows = []
    for precision, recipe in recipes.items():
        for heads, way in _ways(recipe):
            content = convert(found.model, way, _calibration(way, task, dataset, args).batches)
            runner = TfliteRunner(content, size, Pixels.of(task.options), args.threads, args.delegate)
            errors = head_errors(reference, runner(crops), size)
            places = (1, 3, 3, 3, 1, 4, 4)
            rows.append([precision, heads, *("{:.{}f}".format(*pair) for pair in zip(errors, places))])
    print("{}, {} crops of {}".format(card.name, len(crops), dataset.describe().splitlines()[0]))
    print(tabulate(rows, headers=HEADERS, disable_numparse=True))
    return 0


def _ways(recipe: Recipe) -> Iterator[Tuple[str, Recipe]]:
    if recipe.calibration is None:
        yield "", recipe
        return
    for choice in CHOICES:
        yield choice, with_float_heads(recipe, choice)


def _calibration(recipe: Recipe, task: Task, dataset: CocoDataset, args: argparse.Namespace) -> CalibrationSet:
    samples = args.calibration_samples or (recipe.calibration.samples if recipe.calibration else 1)
    beside = calibration_source(dataset, args.calibration_split)
    return CalibrationSet(task, dataset, beside, samples, args.calibration_order)


def _crops(task: Task, dataset: CocoDataset, count: int) -> Any:
    people = task.samples(dataset)
    if not people:
        raise ZooError("{}: nobody to compare on".format(dataset.annotation_file))
    chosen = [people[index * len(people) // count] for index in range(count)] if len(people) > count else people
    crops = task.inputs(chosen)
    for sample, row in zip(chosen, crops):
        task.preprocess(dataset.read(sample.image), sample, row)
    return crops
