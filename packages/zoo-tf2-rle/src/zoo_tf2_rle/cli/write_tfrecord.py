"""`rle-write-tfrecord`, also `zoo-tf2-rle tfrecord`: a COCO tree's people as TFRecords of RLE's TensorFlow rewrite."""

import argparse
from pathlib import Path
from typing import Any, List, Optional

from zoo_common import console
from zoo_common.coco import open_coco
from zoo_common.console import positive
from zoo_common.frontend.data import default_data
from zoo_common.frontend.tfrecord import short_split
from zoo_common.tfrecord import convert_people
from zoo_common.tfrecord.kept_people import RULES
from zoo_common.tfrecord.person_conversion import PERSONS_PER_SHARD

DESCRIPTION = """Write the people of a COCO tree as TFRecords under the keys of RLE's TensorFlow rewrite, one Example
a person, in files OUT/SPLIT/SPLIT_PEOPLE_SHARD.tfrecord (OUT/val/val_6340_0000.tfrecord). Interrupted, the same command
goes on with the shards that are missing. `rle-train` and `evaluate --tfrecords OUT/SPLIT` read them."""
EPILOG = """any COCO tree will do: the rewrite's directory tree, for which its script takes -c, is not needed

examples:
  rle-write-tfrecord --data /data/coco --split train2017 --out tfrecords
  rle-write-tfrecord --data /data/coco --split val2017 --out tfrecords --dedup
  zoo-tf2-rle evaluate rle_resnet50 --tfrecords tfrecords/val --annotations person_keypoints_val2017.json ...
"""


def add_tfrecord(commands: Any) -> None:
    """Add the command ``tfrecord``."""
    text = "write the people of a COCO tree as TFRecords"
    parser = commands.add_parser("tfrecord", help=text, description=DESCRIPTION, epilog=EPILOG)
    _add_arguments(parser)
    parser.set_defaults(function=run)


def main(argv: Optional[List[str]] = None) -> None:
    """Run `rle-write-tfrecord`; leaves the process."""

    def command() -> int:
        parser = console.Parser(prog="rle-write-tfrecord", description=DESCRIPTION, epilog=EPILOG)
        _add_arguments(parser)
        return run(parser.parse_args(argv))

    console.run("rle-write-tfrecord", command)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--data", type=Path, metavar="DIR", help="COCO tree (default: the embedded synthetic dataset)")
    add("--split", help="val2017, train2017, ... (default: the validation split found)")
    add("--out", type=Path, required=True, metavar="DIR", help="folder to write the split's folder in")
    add("--persons-per-shard", type=positive, default=PERSONS_PER_SHARD, metavar="N", help="records a file")
    add(
        "--dedup",
        action="store_true",
        help="store each image once, with the first of its people; no image's people are then in two files. This "
        "package reads such files, the rewrite's own reader cannot",
    )
    add(
        "--keep",
        choices=sorted(RULES),
        default="rewrite",
        help="who becomes a record: the people the rewrite keeps (6,340 of val2017), or all whom evaluation sees "
        "(12 more)",
    )
    add("--no-progress", action="store_true", help="no progress bar")


def run(args: argparse.Namespace) -> int:
    """Run the command."""
    dataset = open_coco(args.data or default_data(), split=args.split)
    print(dataset.describe(), flush=True)
    stem = short_split(dataset)
    folder = args.out / stem
    done = convert_people(
        dataset, folder, stem, args.persons_per_shard, args.dedup, args.keep, progress=not args.no_progress
    )
    size = sum(file.stat().st_size for file in done.files) / 1e6
    print(
        "{}: {} people of {} images in {} files ({} were there), {:.2f} MB; {} annotations left out".format(
            folder, done.people, done.images, len(done.files), done.found, size, done.left_out
        )
    )
    return 0
