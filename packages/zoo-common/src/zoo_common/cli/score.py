"""`zoo score`: any COCO results file, or a run directory."""

import argparse
import json
from pathlib import Path
from typing import Any

from zoo_common.coco import open_coco
from zoo_common.errors import ZooError
from zoo_common.frontend.data import embedded_folders
from zoo_common.metrics import Score, score
from zoo_common.runs import open_run, score_run

EPILOG = """examples:
  zoo score --annotations person_keypoints_val2017.json --results results.json --type keypoints
  zoo score runs/demo-int8 --data /data/coco
"""


def add_commands(commands: Any) -> None:
    """Add `zoo score`."""
    parser = commands.add_parser("score", help="score a COCO results file or a run", description=__doc__, epilog=EPILOG)
    parser.add_argument("run", nargs="?", type=Path, help="run directory")
    parser.add_argument("--data", type=Path, help="COCO tree the run was made from (embedded images: not needed)")
    parser.add_argument("--annotations", type=Path, help="COCO ground truth file")
    parser.add_argument("--results", type=Path, help="COCO results file")
    parser.add_argument("--type", choices=("keypoints", "bbox"), default="keypoints")
    parser.add_argument("--engine", choices=("auto", "pycocotools", "hotcoco"), default="auto")
    parser.add_argument("--json", action="store_true", help="print the statistics as JSON, every digit")
    parser.set_defaults(function=_score)


def _score(args: argparse.Namespace) -> int:
    if args.run is not None:
        reference = open_run(args.run).manifest.dataset
        folders = [args.data] if args.data is not None else embedded_folders() if reference.synthetic else []
        if not folders:
            raise ZooError("zoo score RUN needs --data, the COCO tree the run was made from")
        kind = reference.annotation_file.rsplit("_", 1)[0]
        dataset = open_coco(folders[0], split=reference.split, kind=kind)
        found = score_run(args.run, dataset, args.engine)
    elif args.annotations is None or args.results is None:
        raise ZooError("zoo score needs a run directory, or both --annotations and --results")
    else:
        found = score(args.annotations, args.results, args.type, engine=args.engine)
    print(_as_json(found) if args.json else found)
    return 0


def _as_json(found: Score) -> str:
    document = {
        "type": found.type,
        "stats": {name: value for name, value in found.stats.items() if value is not None},
        "evaluator": {"engine": found.engine, "version": found.engine_version},
        "images": found.image_count,
        "detections": found.detection_count,
    }
    return json.dumps(document, indent=2)
