"""`zoo export`: runs as one flat table for pandas, polars or a spreadsheet."""

import argparse
from pathlib import Path
from typing import Any

from zoo_common.errors import ZooError
from zoo_common.runs.facts import find_facts
from zoo_common.tables.writers import FORMATS, export

EPILOG = """examples:
  zoo export runs --out runs.parquet            one row a run, typed columns
  zoo export runs --format json | jq '.[].AP'
The columns are described in docs/results.md.
"""


def add_commands(commands: Any) -> None:
    """Add `zoo export`."""
    parser = commands.add_parser(
        "export", help="runs as one flat table: CSV, Parquet or JSON", description=__doc__, epilog=EPILOG
    )
    parser.add_argument(
        "folders", nargs="*", type=Path, default=[Path("runs")], help="run directories, or folders above"
    )
    parser.add_argument("--format", choices=sorted(FORMATS), help="default: what --out ends in, else csv")
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: print")
    parser.set_defaults(function=_export)


def _export(args: argparse.Namespace) -> int:
    ending = args.out.suffix[1:].lower() if args.out is not None else ""
    format = args.format or (ending if ending in FORMATS else "csv")
    runs = find_facts(args.folders)
    if not runs:
        raise ZooError("no runs below {}".format(", ".join(str(folder) for folder in args.folders)))
    text = export(runs, format, args.out)
    if text is not None:
        print(text, end="")
    else:
        print("{}: {} {} as {}".format(args.out, len(runs), "run" if len(runs) == 1 else "runs", format))
    return 0
