"""`zoo-mxnet quantize`: calibrate, quantize, save."""

import argparse
from pathlib import Path
from typing import Any

from zoo_common import console
from zoo_common.coco import open_coco
from zoo_common.errors import ZooError
from zoo_common.frontend import CalibrationSet
from zoo_common.frontend.calibration import calibration_source
from zoo_common.frontend.data import default_data
from zoo_common.frontend.protocol import add_protocol_arguments, task_of
from zoo_mxnet import threads
from zoo_mxnet.backend import MXNetBackend, add_recipe_arguments, add_weight_arguments, float_net, quantize_card


def add_commands(commands: Any, backend: MXNetBackend, default_model: str) -> None:
    """Add `quantize`."""
    parser = commands.add_parser(
        "quantize",
        help="calibrate on train images and save an int8 network",
        description="Calibrate on exactly N person crops of the train split and save "
        "OUT/NAME-quantized-MODE-symbol.json with -0000.params, weights as int8. `evaluate` and `benchmark` run it "
        "with --quantized-prefix.",
    )
    parser.add_argument("model", nargs="?", default=default_model, help="name of a card (see `list`)")
    parser.add_argument("--precision", default="int8", help="one of the card's quantized precisions")
    parser.add_argument("--data", type=Path, help="COCO tree (default: the embedded synthetic dataset)")
    parser.add_argument("--split", help="split of the evaluation to come, to calibrate beside (default: the one found)")
    parser.add_argument("--calibration-split", metavar="SPLIT", help="default: the train split")
    parser.add_argument("--calibration-samples", type=console.positive, metavar="N", help="default: the card's")
    parser.add_argument("--out", type=Path, default=Path("model"), help="folder to save in")
    add_protocol_arguments(parser, flip=False)
    add_weight_arguments(parser)
    add_recipe_arguments(parser)
    threads.add_arguments(parser)
    parser.set_defaults(function=lambda args: run(backend, args))


def run(backend: MXNetBackend, args: argparse.Namespace) -> int:
    """Run the command."""
    card = backend.registry.get(args.model)
    if args.precision not in card.precisions or card.precisions[args.precision].weight_bits > 8:
        raise ZooError("--precision: {} has no quantized '{}'".format(card.name, args.precision))
    task = task_of(card, args)
    dataset = open_coco(args.data if args.data is not None else default_data(), split=args.split)
    source = calibration_source(dataset, args.calibration_split)
    recipe = card.precisions[args.precision].calibration
    asked = args.calibration_samples or (recipe.samples if recipe else 1)
    calibration = CalibrationSet(task, dataset, source, asked, exactly=args.calibration_samples is not None)
    threads.configure_once(args)
    net, _ = float_net(card, task.input_shape[1:], args)
    quantized = quantize_card(card, args.precision, net, calibration, args)
    mode = quantized.recipe["calibration_mode"]
    files = quantized.save(str(args.out / "{}-quantized-{}".format(card.name, mode)))
    about = quantized.describe()
    before = sum(value.nbytes for value in list(net.args.values()) + list(net.auxs.values()))
    after = Path(files[1]).stat().st_size
    record = calibration.record()
    print("calibrated ({}) on {} crops of {} images of {}".format(mode, record.samples, record.images, record.split))
    print("{} int8 convolutions, {} fp32".format(about["int8_convolutions"], about["fp32_convolutions"]))
    print("{:.2f} MB of fp32 weights -> {:.2f} MB".format(before / 1e6, after / 1e6))
    for name in files:
        print(name)
    return 0
