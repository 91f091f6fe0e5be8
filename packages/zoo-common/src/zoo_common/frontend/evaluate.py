"""`evaluate` and `predict` of every framework package: from a card and a COCO tree to a scored run directory."""

import argparse
import json
import os
import platform
from pathlib import Path
from typing import Any, Dict, Optional

from zoo_common import console
from zoo_common.cards import Card, check_reference
from zoo_common.coco import CocoDataset, open_coco
from zoo_common.errors import ZooError, did_you_mean
from zoo_common.evaluation import predict
from zoo_common.evaluation.loop import parse_shard
from zoo_common.files import canonical_json, sha256_file, sha256_text
from zoo_common.frontend.backend import Backend, Built
from zoo_common.frontend.calibration import CalibrationSet, calibration_source
from zoo_common.frontend.data import default_data, is_synthetic
from zoo_common.metrics import Score
from zoo_common.runs import DatasetRef, Manifest, ModelRef, Shard, Software, score_run
from zoo_common.tasks import Task, task_from_protocol

KINDS = {"keypoints": "person_keypoints", "bbox": "instances"}


def add_evaluate(commands: Any, backend: Backend, default_model: str, epilog: str) -> None:
    """Add the commands ``evaluate`` (predict, score, print the table) and ``predict`` (one shard, no score)."""
    for name, scores, text in (
        ("evaluate", True, "evaluate a model on a COCO tree: predictions, AP table, run directory"),
        ("predict", False, "write the predictions of a model, or of one shard, without scoring them"),
    ):
        parser = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".", epilog=epilog)
        _add_arguments(parser, backend, default_model)
        if not scores:
            parser.add_argument("--shard", metavar="K/N", help="only part K of N; merge with `zoo merge`")
        parser.set_defaults(function=lambda args, scores=scores: evaluate(backend, args, scores), shard=None)


def _add_arguments(parser: argparse.ArgumentParser, backend: Backend, default_model: str) -> None:
    parser.add_argument("model", nargs="?", default=default_model, help="name of a card (see `list`)")
    parser.add_argument("--precision", default="fp32", help="one of the card's precisions, or several: fp32,int8")
    data = parser.add_argument_group("data")
    data.add_argument("--data", type=Path, help="COCO tree (default: the embedded synthetic dataset)")
    data.add_argument("--split", help="val2017, val2014, ... (default: the validation split found)")
    data.add_argument("--limit", type=console.positive, metavar="N", help="only the first N images, by id")
    data.add_argument("--skip-missing", action="store_true", help="go on without unreadable images, and count them")
    protocol = parser.add_argument_group("protocol (default: the card's)")
    flip = protocol.add_mutually_exclusive_group()
    flip.add_argument(
        "--flip-test", dest="flip_test", action="store_true", default=None, help="average with the mirrored image"
    )
    flip.add_argument("--no-flip-test", dest="flip_test", action="store_false", help="one pass an image")
    protocol.add_argument(
        "--set", action="append", default=[], metavar="FIELD=VALUE", help="override a task option, e.g. decode=dsnt"
    )
    calibration = parser.add_argument_group("calibration")
    calibration.add_argument(
        "--calibration-split", metavar="SPLIT", help="default: the train split beside the evaluated one"
    )
    calibration.add_argument("--calibration-samples", type=console.positive, metavar="N", help="default: the card's")
    running = parser.add_argument_group("running")
    running.add_argument("--out", type=Path, help="run directory (default: runs/MODEL-PRECISION-IDENTITY)")
    running.add_argument("--batch-size", type=console.positive, default=32, help="part of the run's identity")
    running.add_argument("--workers", type=console.positive, default=2, help="threads that read and crop")
    running.add_argument("--no-progress", action="store_true", help="no progress bar")
    backend.add_arguments(parser)


def evaluate(backend: Backend, args: argparse.Namespace, scores: bool) -> int:
    """Run the command; returns 1 if a reference value of the card was missed, else 0."""
    card = backend.registry.get(args.model)
    precisions = args.precision.split(",")
    for precision in precisions:
        if precision not in card.precisions:
            hint = did_you_mean(precision, card.precisions)
            raise ZooError("--precision: {} has no '{}'{}".format(card.name, precision, hint))
    if args.out is not None and len(precisions) > 1:
        raise ZooError("--out names one run directory; with several precisions leave it out")
    task = _task(card, args)
    root = args.data if args.data is not None else default_data()
    kind = KINDS[task.result_type]
    dataset = open_coco(root, split=args.split, kind=kind)
    print(dataset.describe(), flush=True)
    source = calibration_source(dataset, kind, args.calibration_split)
    limited = dataset if args.limit is None else dataset.limit(args.limit)
    code = 0
    for precision in precisions:
        samples = args.calibration_samples or _calibration_samples(card, precision)
        calibration = CalibrationSet(task, limited, source, samples)
        built = backend.build(card, precision, calibration, args)
        manifest = _manifest(backend, card, precision, task, built, calibration, limited, args)
        out = args.out or default_out(manifest)
        predict(task, built.network, limited, manifest, out, args.workers, not args.no_progress)
        print("run: {}".format(out), flush=True)
        if scores:
            found = score_run(out, dataset)
            print(found, flush=True)
            code = max(code, _verdict(card, precision, manifest, found))
    return code


def default_out(manifest: Manifest) -> Path:
    """Return a run directory below ``runs/`` named after model, precision and identity: unlike runs never meet."""
    identity = sha256_text(canonical_json(manifest.identity()))
    return Path("runs") / "{}-{}-{}".format(manifest.model.name, manifest.precision, identity[:8])


def _task(card: Card, args: argparse.Namespace) -> Task:
    options = dict(card.protocol())
    if args.flip_test is not None:
        options["flip_test"] = args.flip_test
    for item in args.set:
        field, equals, value = item.partition("=")
        if not equals or field not in options:
            raise ZooError("--set {}: not FIELD=VALUE with a known field{}".format(item, did_you_mean(field, options)))
        options[field] = _value(value)
    return task_from_protocol(options, card.name)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _calibration_samples(card: Card, precision: str) -> int:
    recipe = card.precisions[precision].calibration
    return recipe.samples if recipe is not None else 1


def _manifest(
    backend: Backend, card: Card, precision: str, task: Task, built: Built,
    calibration: CalibrationSet, dataset: CocoDataset, args: argparse.Namespace,
) -> Manifest:  # fmt: skip
    shard = parse_shard(args.shard) if args.shard else None
    return Manifest(
        model=ModelRef(name=card.name, card_sha256=card.sha256, weights=built.weights),
        precision=precision,
        network=built.network.describe(),
        protocol=task.protocol(),
        dataset=DatasetRef(
            split=dataset.split,
            annotation_file=dataset.annotation_file.name,
            fingerprint=dataset.fingerprint,
            images=len(dataset.images),
            limit=args.limit,
            synthetic=is_synthetic(dataset.root),
        ),
        software=Software(packages=_packages(backend), python=platform.python_version(), lock_sha256=_lock(backend)),
        batch_size=args.batch_size,
        skip_missing=args.skip_missing,
        calibration=calibration.record() if calibration.used else None,
        shard=Shard(index=shard[0], count=shard[1]) if shard else None,
    )


def _packages(backend: Backend) -> Dict[str, str]:
    try:
        from importlib.metadata import PackageNotFoundError, version
    except ImportError:  # Python 3.7
        from importlib_metadata import PackageNotFoundError, version  # type: ignore[no-redef]
    found = {}
    for name in ("zoo-common", "numpy", "opencv-python-headless") + tuple(backend.distributions):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _lock(backend: Backend) -> Optional[str]:
    path = os.environ.get("ZOO_LOCK")
    return sha256_file(path) if path else None


def _verdict(card: Card, precision: str, manifest: Manifest, found: Score) -> int:
    conditions = {
        "dataset": ("synthetic-" if manifest.dataset.synthetic else "coco-") + manifest.dataset.split,
        "flip_test": manifest.protocol.get("flip_test"),
        "boxes": manifest.protocol.get("boxes"),
        "images": found.image_count,
    }
    verdict = check_reference(card, precision, conditions, found.stats)
    if verdict is None:
        return 0
    print(verdict)
    return 0 if verdict.status == "PASSED" else 1
