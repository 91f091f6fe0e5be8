"""Commands that no program of the zoo has in every environment: a download, and records of images and of people."""

import argparse
import sys
from pathlib import Path

from zoo_common import console
from zoo_common.artifacts import Artifact, fetch, fetch_extracted
from zoo_common.coco import open_coco
from zoo_common.frontend.tfrecord import add_tfrecord
from zoo_common.tfrecord import convert_people


def _parser() -> console.Parser:
    parser = console.Parser(prog="torture")
    commands = parser.add_subparsers(dest="command", required=True)
    add_tfrecord(commands)
    people = commands.add_parser("people")
    people.add_argument("--data", type=Path)
    people.add_argument("--out", type=Path)
    people.set_defaults(function=_people)
    download = commands.add_parser("download")
    download.add_argument("url")
    download.add_argument("sha256")
    download.add_argument("--extract", action="store_true")
    download.set_defaults(function=_download)
    return parser


def _people(args: argparse.Namespace) -> int:
    convert_people(open_coco(args.data), args.out, "val", persons_per_shard=8, progress=False)
    return 0


def _download(args: argparse.Namespace) -> int:
    artifact = Artifact(url=args.url, sha256=None if args.sha256 == "-" else args.sha256)
    if args.extract:
        fetch_extracted(artifact, progress=False)
    else:
        fetch(artifact, progress=False, backoff=0.01)
    return 0


def main() -> None:
    """Run one; leaves the process."""

    def command() -> int:
        args = _parser().parse_args(sys.argv[1:])
        return args.function(args)

    console.run("torture", command)


if __name__ == "__main__":
    main()
