"""`evaluate` and `predict` of every framework package: from a card and COCO images to a scored run directory."""

import argparse
from pathlib import Path
from typing import Any, List, Sequence

from zoo_common import console
from zoo_common.cards import Card
from zoo_common.errors import ZooError, did_you_mean
from zoo_common.evaluation import predict
from zoo_common.evaluation.loop import parse_shard
from zoo_common.files import canonical_json, sha256_text, write_json
from zoo_common.frontend.backend import Backend
from zoo_common.frontend.calibration import CalibrationSet, add_calibration_arguments
from zoo_common.frontend.comparison import comparison_table
from zoo_common.frontend.data import reference_name
from zoo_common.frontend.fidelity import FidelityProbe
from zoo_common.frontend.manifest import manifest_of
from zoo_common.frontend.measurements import LatencyProbe, complete_measurements
from zoo_common.frontend.protocol import add_protocol_arguments, task_of
from zoo_common.frontend.sources import add_data_arguments, calibration_images, open_evaluated
from zoo_common.frontend.verdict import judge
from zoo_common.runs import Manifest, score_run
from zoo_common.runs.directory import FIDELITY
from zoo_common.runs.facts import load_facts
from zoo_common.runs.listing import row_of

BATCH_SIZE = 32


def add_evaluate(
    commands: Any, backend: Backend, default_model: str, epilog: str, precisions: Sequence[str] = ("fp32",)
) -> None:
    """Add the commands ``evaluate`` (predict, score, print the table) and ``predict`` (one shard, no score).

    Args:
        precisions: what `evaluate` runs unless told otherwise, as far as the card has them; `predict` runs the first.
    """
    for name, scores, text in (
        ("evaluate", True, "evaluate a model on a COCO tree: predictions, AP table, run directory"),
        ("predict", False, "write the predictions of a model, or of one shard, without scoring them"),
    ):
        parser = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".", epilog=epilog)
        running = _add_arguments(parser, backend, default_model, precisions if scores else precisions[:1])
        if scores:
            running.add_argument("--no-latency", action="store_true", help="do not time one sample at a time (1 s)")
        else:
            parser.add_argument("--shard", metavar="K/N", help="only part K of N; merge with `zoo merge`")
        parser.set_defaults(function=lambda args, scores=scores: evaluate(backend, args, scores), shard=None)


def _add_arguments(
    parser: argparse.ArgumentParser, backend: Backend, default_model: str, precisions: Sequence[str]
) -> Any:
    parser.add_argument("model", nargs="?", default=default_model, help="name of a card (see `list`)")
    parser.add_argument(
        "--precision",
        help="one of the card's precisions, or several: fp32,int8 (default: {})".format(",".join(precisions)),
    )
    parser.set_defaults(default_precisions=tuple(precisions))
    add_data_arguments(parser)
    add_protocol_arguments(parser)
    add_calibration_arguments(parser)
    running = parser.add_argument_group("running")
    running.add_argument("--out", type=Path, help="run directory (default: runs/MODEL-PRECISION-IDENTITY)")
    running.add_argument("--batch-size", type=console.positive, default=BATCH_SIZE, help="part of the run's identity")
    running.add_argument("--workers", type=console.positive, default=2, help="threads that read and crop")
    running.add_argument("--no-progress", action="store_true", help="no progress bar")
    backend.add_arguments(parser)
    return running


def evaluate(backend: Backend, args: argparse.Namespace, scores: bool) -> int:
    """Run the command; returns 1 if a reference value of the card was missed, else 0."""
    card = backend.registry.get(args.model)
    precisions = _precisions(card, args)
    if args.out is not None and len(precisions) > 1:
        raise ZooError("--out names one run directory; with several precisions leave it out")
    shard = parse_shard(args.shard) if args.shard else None
    backend.prepare(card, args)
    task = task_of(card, args)
    kind = task.kind
    dataset = open_evaluated(args, kind)
    print(dataset.describe(), flush=True)
    source = calibration_images(args, dataset, kind)
    limited = dataset if args.limit is None else dataset.limit(args.limit)
    probe = FidelityProbe(task, limited) if scores and len(precisions) > 1 else None
    latency = LatencyProbe(task, limited) if scores and not args.no_latency else None
    code, rows = 0, []
    for precision in precisions:
        samples = args.calibration_samples or _calibration_samples(card, precision)
        exactly = args.calibration_samples is not None
        calibration = CalibrationSet(task, limited, source, samples, args.calibration_order, exactly)
        built = backend.build(card, precision, calibration, args)
        manifest = manifest_of(backend, card, precision, built, calibration, limited, shard, args)
        out = args.out or default_out(manifest)
        predict(task, built.network, limited, manifest, out, args.workers, not args.no_progress)
        complete_measurements(out, built.network, latency)
        print("run: {}".format(out), flush=True)
        if scores:
            found = score_run(out, dataset)
            print(found, flush=True)
            verdict = judge(card, manifest, found, reference_name(dataset), out)
            if verdict is not None:
                print(verdict)
                code = max(code, 0 if verdict.status == "PASSED" else 1)
        if probe is not None:
            if precision == precisions[0]:
                probe.refer_to(precision, built.network)
            else:
                fidelity = probe.compare(built.network)
                if fidelity:
                    write_json(out / FIDELITY, fidelity)
            rows.append(row_of(load_facts(out)))
        del built  # its memory is not the next one's to report
    if len(rows) > 1:
        print(
            "\n{} on {}\n{}".format(card.name, limited.describe().splitlines()[0], comparison_table(rows)), flush=True
        )
    return code


def _precisions(card: Card, args: argparse.Namespace) -> List[str]:
    if args.precision is None:
        return [name for name in args.default_precisions if name in card.precisions] or list(card.precisions)[:1]
    asked = args.precision.split(",")
    for precision in asked:
        if precision not in card.precisions:
            hint = did_you_mean(precision, card.precisions)
            raise ZooError("--precision: {} has no '{}'{}".format(card.name, precision, hint))
    return asked


def default_out(manifest: Manifest) -> Path:
    """Return a run directory below ``runs/`` named after model, precision and identity: unlike runs never meet."""
    identity = sha256_text(canonical_json(manifest.identity()))
    return Path("runs") / "{}-{}-{}".format(manifest.model.name, manifest.precision, identity[:8])


def _calibration_samples(card: Card, precision: str) -> int:
    recipe = card.precisions[precision].calibration
    return recipe.samples if recipe is not None else 1
