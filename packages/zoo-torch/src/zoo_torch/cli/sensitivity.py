"""`zoo-torch sensitivity`: which layers the loss comes from."""

import argparse
from pathlib import Path
from typing import Any

from zoo_common import console
from zoo_common.files import write_json
from zoo_common.frontend.sensitivity import add_run_argument, check_run, write_to_run
from zoo_common.quantization.sensitivity import records, sensitivity_table
from zoo_common.quantization.sensitivity_plot import plot_sensitivity
from zoo_torch.backend import TorchBackend
from zoo_torch.cli.calibrated import add_arguments, prepare

SAMPLES = 32
MODE = "one"


def add_commands(commands: Any, backend: TorchBackend, default_model: str) -> None:
    """Add `sensitivity`."""
    parser = commands.add_parser(
        "sensitivity",
        help="quantize one layer at a time; table and plot",
        description="Quantize one layer at a time, its weight or its output, and measure the heatmaps' SQNR against "
        "fp32 on calibration crops. Writes NAME-PRECISION-sensitivity.json and .png; prints the worst layers.",
    )
    add_arguments(parser, default_model, "w4a8")
    parser.add_argument("--samples", type=console.positive, default=SAMPLES, help="crops the SQNR is measured on")
    parser.add_argument("--worst", type=console.positive, default=15, help="rows to print")
    parser.add_argument("--out", type=Path, default=Path("model"), help="folder to write in")
    add_run_argument(parser)
    parser.set_defaults(function=lambda args: run(backend, args))


def run(backend: TorchBackend, args: argparse.Namespace) -> int:
    """Run the command."""
    ready = prepare(backend, args)
    check_run(args.run, ready.card.name, args.precision)
    from zoo_torch.quantize.sensitivity import layer_sensitivity
    from zoo_torch.recipe import quantize

    quantized = quantize(ready.card, ready.recipe, ready.source, ready.calibration, args, ready.device)
    batch = next(ready.calibration.batches(args.samples))
    rows = layer_sensitivity(quantized.graph, quantized.quantization, [batch], MODE, progress=True)
    stem = "{}-{}-sensitivity".format(ready.card.name, args.precision)
    write_json(args.out / (stem + ".json"), records(rows))
    plot_sensitivity(rows, args.out / (stem + ".png"), "{} {}".format(ready.card.name, args.precision))
    print(sensitivity_table(rows[: args.worst]))
    print(args.out / (stem + ".json"))
    print(args.out / (stem + ".png"))
    if args.run is not None:
        print(write_to_run(args.run, MODE, rows))
    return 0
