"""`zoo-tf1 sensitivity`: which quantizers the loss comes from, and what to do about it."""

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, List, Sequence

import numpy as np

from zoo_common import console
from zoo_common.errors import ZooError
from zoo_common.files import write_json
from zoo_common.frontend.accuracy import CalibrationImages, refuse_evaluated
from zoo_common.frontend.sensitivity import add_run_argument, check_run, write_to_run
from zoo_common.quantization.advice import family
from zoo_common.quantization.sensitivity import KINDS, MODES, check_choices, records, sensitivity_table
from zoo_common.quantization.sensitivity_plot import plot_sensitivity
from zoo_tf1 import options
from zoo_tf1.backend import Tf1Backend
from zoo_tf1.cli.calibrated import Prepared, add_arguments, prepare

if TYPE_CHECKING:
    from zoo_tf1.quantsim.switches import Switchboard

SAMPLES = 4
TOP = 10
WITHIN = {"sqnr": 1.0, "ap": 0.02}


def add_commands(commands: Any, backend: Tf1Backend, default_model: str) -> None:
    """Add `sensitivity`."""
    parser = commands.add_parser(
        "sensitivity",
        help="round one tensor at a time; table, plot and the flags that follow",
        description="Round one tensor at a time, or all but one, and measure the outputs' SQNR against fp32 on a few "
        "calibration images. Writes NAME-PRECISION-sensitivity.json and .png, prints the worst tensors and the flags "
        "to act on them. --recover searches for the fewest outputs to leave in float.",
    )
    add_arguments(parser, default_model, "w8a8")
    group = parser.add_argument_group("sensitivity")
    add = group.add_argument
    add("--mode", choices=MODES, default="one", help="round with the one quantizer alone, or with all others")
    add("--what", type=options.names, default=list(KINDS), metavar="KINDS", help="weights,activations (default: both)")
    add("--samples", type=console.positive, default=SAMPLES, metavar="N", help="calibration images to measure on")
    add("--by", choices=sorted(WITHIN), default="sqnr", help="ap: the worst by SQNR by AP on those images too; slow")
    add("--top", type=console.positive, default=TOP, metavar="N", help="with --by ap: tensors whose AP is measured")
    add("--worst", type=console.positive, default=15, metavar="N", help="rows to print")
    add("--recover", action="store_true", help="leave outputs in float, the worst first, until --within is reached")
    add(
        "--families",
        action="store_true",
        help="with --recover: outputs whose names differ in numbers and prefixes only go together; short and quick",
    )
    add(
        "--within",
        type=_distance,
        metavar="X",
        help="with --recover: how much worse than rounding the weights alone it may be (default: {sqnr} dB, or AP {ap} "
        "with --by ap)".format(**WITHIN),
    )
    add("--out", type=Path, default=Path("model"), help="folder to write in")
    add_run_argument(group)
    parser.set_defaults(function=lambda args: run(backend, args))


def _distance(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError("'{}' is not a number above 0".format(text))
    return value


def run(backend: Tf1Backend, args: argparse.Namespace) -> int:
    """Run the command."""
    _check(args)
    ready = prepare(backend, args)
    check_run(args.run, ready.card.name, args.precision)
    for flag, said in (("--recover", args.recover), ("--by ap", args.by == "ap")):
        if said:
            refuse_evaluated(ready.calibration, flag)
    from zoo_tf1.network import channels_last
    from zoo_tf1.quantsim.recover import in_families, one_by_one, weights_only
    from zoo_tf1.quantsim.sensitivity import Distance, measure, with_accuracy
    from zoo_tf1.quantsim.switches import Switchboard
    from zoo_tf1.recipe import quantize
    from zoo_tf1.report import Findings, alternatives, search, summary

    args.bias_correction = False  # it would move the float network itself, which all is measured against
    quantized = quantize(ready.card, ready.recipe, ready.source, ready.calibration, args)
    simulation, exact = quantized.simulation, quantized.settings.exact
    images = CalibrationImages(ready.calibration, args.samples)
    by_ap, unit = args.by == "ap", "AP" if args.by == "ap" else "dB"

    def ap(board: "Switchboard", on: Sequence[bool]) -> float:
        return images.average_precision(lambda batch: _outputs(ready, board.run(channels_last(batch), on)))

    with Switchboard(simulation.network, simulation.placement, simulation.quantization, args.threads, exact) as board:
        inputs = [channels_last(np.stack(batch)) for batch in images.batches]
        distance = Distance(board, inputs)
        accuracy = partial(ap, board)
        score = accuracy if by_ap else distance.sqnr_db
        found = Findings(distance, accuracy if by_ap else None)
        print("{} images of {}; {}".format(len(inputs), images.dataset.split, found))
        rows = measure(distance, args.mode, args.what, not args.no_progress)
        if by_ap:
            rows = with_accuracy(rows, board.quantizers, accuracy, args.mode, args.top, not args.no_progress)
        print(sensitivity_table(rows[: args.worst], args.mode))
        if args.recover:
            candidates = in_families(rows, family) if args.families else one_by_one(rows)
            disabled = search(board.quantizers, candidates, score, args.within or WITHIN[args.by], unit)
        else:
            disabled = found.predicted(rows, args.mode, WITHIN["sqnr"])
        lines = []
        if "weights" in args.what:
            judge = ap if by_ap else distance.of
            lines += alternatives(quantized, judge, score(weights_only(board.quantizers)), unit, args.threads)
        lines += summary(found, rows, args.mode, disabled, simulation.placement)
    _write(ready, args, images, found, rows, disabled, lines)
    for line in lines:
        print(line)
    return 0


def _check(args: argparse.Namespace) -> None:
    check_choices(args.mode, args.what)
    if not args.what:
        raise ZooError("--what: weights, activations or both are needed")
    if args.bias_correction:
        raise ZooError("--bias-correction: the loss is looked for in the network before it; leave it out here")
    for flag, said in (("--within", args.within is not None), ("--families", args.families)):
        if said and not args.recover:
            raise ZooError("{}: says how to --recover; give both".format(flag))
    if args.families and args.mode != "one":
        raise ZooError("--families: adds up what each tensor does alone; leave out --mode {}".format(args.mode))
    if args.recover and "activations" not in args.what:
        raise ZooError("--recover: leaves activations in float; --what must have them")


def _outputs(ready: Prepared, outputs: List[Any]) -> Any:
    return ready.source.parts.of(dict(zip(ready.source.network.outputs, outputs)))


def _write(
    ready: Prepared,
    args: argparse.Namespace,
    images: CalibrationImages,
    found: Any,
    rows: Any,
    disabled: List[str],
    lines: List[str],
) -> None:
    stem = args.out / "{}-{}-sensitivity".format(ready.card.name, args.precision)
    document: Dict[str, Any] = {
        "model": ready.card.name,
        "precision": args.precision,
        "mode": args.mode,
        "split": images.dataset.split,
        "images": [sample.image.id for sample in images.samples],
        **found.numbers(),
        "quantizers": records(rows),
        "disable_output_quantizers": disabled,
        "advice": lines,
    }
    write_json("{}.json".format(stem), document)
    plot_sensitivity(rows, "{}.png".format(stem), "{} {}".format(ready.card.name, args.precision), "outputs")
    print("{0}.json\n{0}.png".format(stem))
    if args.run is not None:
        print(write_to_run(args.run, args.mode, rows))
