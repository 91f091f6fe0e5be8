"""`tfrecord`: a COCO tree as TFRecords, for programs that read those."""

import argparse
from pathlib import Path
from typing import Any

from zoo_common.coco import CocoDataset, open_coco
from zoo_common.coco.annotations import KINDS
from zoo_common.console import positive
from zoo_common.frontend.data import default_data
from zoo_common.tfrecord import convert
from zoo_common.tfrecord.conversion import SHARDS


def add_tfrecord(commands: Any) -> None:
    """Add the command ``tfrecord``."""
    parser = commands.add_parser(
        "tfrecord",
        help="write a COCO tree as TFRecords",
        description="Write a COCO tree as TFRecords under the keys of the TensorFlow Object Detection API: image "
        "number i of the annotation file goes to shard i mod N. Interrupted, the same command goes on with the shards "
        "that are missing. `evaluate --tfrecords` reads them.",
    )
    add = parser.add_argument
    add("--data", type=Path, metavar="DIR", help="COCO tree (default: the embedded synthetic dataset)")
    add("--split", help="val2017, train2017, ... (default: the validation split found)")
    add("--kind", choices=KINDS, default="instances", help="which annotation file of the split")
    add("--out", type=Path, required=True, metavar="DIR", help="folder to write in")
    add("--shards", type=positive, default=SHARDS, metavar="N", help="files to write")
    add("--stem", help="how their names begin (default: coco_val, coco_train, ... by the split)")
    add("--include-masks", action="store_true", help="also write each object's mask; no evaluation here reads them")
    add("--no-progress", action="store_true", help="no progress bar")
    parser.set_defaults(function=_run)


def _run(args: argparse.Namespace) -> int:
    dataset = open_coco(args.data or default_data(), split=args.split, kind=args.kind)
    print(dataset.describe(), flush=True)
    stem = args.stem or "coco_" + short_split(dataset)
    done = convert(dataset, args.out, stem, args.shards, args.include_masks, not args.no_progress)
    print(
        "{}: {} images in {} files ({} were there), {} objects; left out: {} without area or past the edge".format(
            args.out, done.images, len(done.files), done.found, done.objects, done.objects_dropped
        )
    )
    return 0


def short_split(dataset: CocoDataset) -> str:
    """Return ``val`` of the split ``val2017``, which is how record files are named."""
    return dataset.split.rstrip("0123456789") or "all"
