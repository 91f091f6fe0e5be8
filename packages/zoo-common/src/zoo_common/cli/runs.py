"""`zoo merge` and `zoo ls`."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Dict, List

from zoo_common.runs import merge
from zoo_common.runs.listing import COLUMNS, rows, table
from zoo_common.tables.selection import ordered, selected

EPILOG = """examples:
  zoo ls                                         what lies below runs/
  zoo ls runs --precision fp32,int8 --sort AP    the best first
  zoo ls runs --model ssd_demo --json
"""


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

    listing = commands.add_parser(
        "ls",
        help="one table over all runs below a folder",
        description="One table over all runs below a folder: coloured and as wide as the terminal where there is "
        "one and rich is installed, else plain and whole.",
        epilog=EPILOG,
    )
    listing.add_argument("folders", nargs="*", type=Path, default=[Path("runs")], help="folders to look in")
    listing.add_argument("--model", metavar="NAMES", help="only these, with commas")
    listing.add_argument("--precision", metavar="NAMES", help="only these, with commas")
    listing.add_argument("--sort", metavar="COLUMN", help="numbers from the highest down, texts from a to z")
    listing.add_argument("--json", action="store_true", help="print the rows as JSON")
    listing.set_defaults(function=_ls)


def _merge(args: argparse.Namespace) -> int:
    manifest = merge(args.shards, args.out)
    print("{}: {} samples of {} images".format(args.out, manifest.counts.samples, manifest.counts.images))
    return 0


def _ls(args: argparse.Namespace) -> int:
    found = rows(args.folders)
    for field in ("model", "precision"):
        found = selected(found, field, getattr(args, field))
    found = ordered(found, args.sort, {key: title for key, title, _ in COLUMNS})
    if args.json:
        print(json.dumps(found, indent=2))
    elif not found:
        print("no runs below {}".format(", ".join(str(folder) for folder in args.folders)))
    elif not _print_richly(found, grouped=args.sort is None):
        print(table(found))
    return 0


def _print_richly(found: List[Dict[str, Any]], grouped: bool) -> bool:
    """Print for the terminal; False where there is none, or no rich."""
    if not sys.stdout.isatty():
        return False
    try:
        from rich.console import Console
    except ImportError:
        return False
    from zoo_common.tables.rich_listing import print_rows

    print_rows(found, Console(highlight=False), grouped)
    return True
