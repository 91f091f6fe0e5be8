"""`zoo merge` and `zoo ls`."""

import argparse
from pathlib import Path
from typing import Any

from zoo_common.runs import merge
from zoo_common.runs.listing import table


def add_commands(commands: Any) -> None:
    """Add `zoo merge` and `zoo ls`."""
    joined = commands.add_parser(
        "merge",
        help="merge all shards of a run",
        description="Merge all N shards of a run: the result equals, byte for byte, the run of a single process.",
    )
    joined.add_argument("shards", nargs="+", type=Path, help="run directories made with --shard K/N")
    joined.add_argument("--out", type=Path, required=True, help="run directory to write")
    joined.set_defaults(function=_merge)

    listing = commands.add_parser("ls", help="one table over all runs below a folder")
    listing.add_argument("folders", nargs="*", type=Path, default=[Path("runs")], help="folders to look in")
    listing.add_argument("--json", action="store_true", help="print the rows as JSON")
    listing.set_defaults(function=_ls)


def _merge(args: argparse.Namespace) -> int:
    manifest = merge(args.shards, args.out)
    print("{}: {} samples of {} images".format(args.out, manifest.counts.samples, manifest.counts.images))
    return 0


def _ls(args: argparse.Namespace) -> int:
    print(table(args.folders, as_json=args.json))
    return 0
