"""`zoo report`."""

import argparse
from pathlib import Path
from typing import Any

from zoo_common import console

EPILOG = """examples:
  zoo report runs/                                    report/index.html over all runs
  zoo report runs/ --data /data/coco                  photographs for the gallery of runs on your data
  zoo report runs/ --cards packages/*/src/zoo_*       with the numbers that others published
"""


def add_commands(commands: Any) -> None:
    """Add `zoo report`."""
    parser = commands.add_parser(
        "report",
        help="one page over all runs: what the small model costs, and whether the difference is real",
        description="Write index.html, report.md and report.csv over all runs at or below some folders.",
        epilog=EPILOG,
    )
    parser.add_argument(
        "folders", metavar="RUNS", nargs="*", type=Path, default=[Path("runs")], help="folders to look in"
    )
    parser.add_argument("--out", type=Path, default=Path("report"), help="folder to write to")
    parser.add_argument(
        "--data",
        metavar="DIR",
        nargs="+",
        type=Path,
        default=[],
        help="COCO trees of the runs, for the gallery; the embedded data is found by itself",
    )
    parser.add_argument(
        "--cards",
        metavar="DIR",
        nargs="+",
        default=[],
        help="folders or packages of model cards, for published numbers",
    )
    parser.add_argument("--gallery", metavar="N", type=_count, default=6, help="people a pair of runs; 0 draws none")
    parser.add_argument("--replicates", type=console.positive, default=1000, help="resamples behind every interval")
    parser.add_argument("--no-progress", action="store_true", help="no progress bar")
    parser.set_defaults(function=_report)


def _count(text: str) -> int:
    return 0 if text == "0" else console.positive(text)


def _report(args: argparse.Namespace) -> int:
    from zoo_common.report import write_report

    page = write_report(
        args.folders,
        args.out,
        data=args.data,
        cards=args.cards,
        gallery=args.gallery,
        replicates=args.replicates,
        progress=not args.no_progress,
    )
    print("report: {}".format(page))
    return 0
