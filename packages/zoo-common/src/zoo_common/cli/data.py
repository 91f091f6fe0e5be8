"""`zoo data synth` and `zoo data check`."""

import argparse
import json
from pathlib import Path
from typing import Any

from zoo_common.coco import check, open_coco
from zoo_common.console import positive
from zoo_common.frontend.data import SEED, TRAIN_IMAGES, VAL_IMAGES, default_data_folder
from zoo_common.synthetic import generate


def add_commands(commands: Any) -> None:
    """Add `zoo data`."""
    top = commands.add_parser("data", help="draw the synthetic dataset, or check a COCO tree")
    actions = top.add_subparsers(dest="action", metavar="synth|check", required=True)

    synth = actions.add_parser(
        "synth",
        help="draw a COCO-format dataset of articulated people and everyday objects",
        description="Draw a deterministic COCO-format dataset: same seed, same bytes. A finished one is left as it is.",
    )
    synth.add_argument("--out", type=Path, help="folder (default: the cache folder that evaluations use)")
    synth.add_argument("--train", type=positive, default=TRAIN_IMAGES, help="images of train2017")
    synth.add_argument("--val", type=positive, default=VAL_IMAGES, help="images of val2017")
    synth.add_argument("--seed", type=int, default=SEED, help="seed of everything drawn")
    synth.add_argument("--workers", type=positive, default=1, help="processes; the bytes do not depend on it")
    synth.set_defaults(function=_synth)

    inspect = actions.add_parser(
        "check",
        help="say what a COCO tree holds and what is wrong with it",
        description="Exit code 0: fit for evaluation; 1: something is wrong, each fault named and counted.",
    )
    inspect.add_argument("root", type=Path, help="COCO root, or a flat folder")
    inspect.add_argument("--split", help="val2017, val2014, ... (default: the validation split found)")
    inspect.add_argument("--kind", choices=("person_keypoints", "instances"), default="person_keypoints")
    inspect.add_argument("--deep", action="store_true", help="decode every image, not only its header")
    inspect.add_argument("--json", action="store_true", help="print the report as JSON")
    inspect.set_defaults(function=_check)


def _synth(args: argparse.Namespace) -> int:
    out = args.out or default_data_folder()
    print(generate(out, train=args.train, val=args.val, seed=args.seed, workers=args.workers))
    return 0


def _check(args: argparse.Namespace) -> int:
    dataset = open_coco(args.root, split=args.split, kind=args.kind, validate=False)
    report = check(dataset, deep=args.deep)
    print(json.dumps(report.to_dict(), indent=2, sort_keys=True) if args.json else report)
    return 0 if report.ok else 1
