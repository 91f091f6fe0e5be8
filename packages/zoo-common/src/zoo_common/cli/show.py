"""`zoo show`: everything one run says of itself."""

import argparse
import json
from pathlib import Path
from typing import Any

from zoo_common.runs.facts import load_facts
from zoo_common.tables.rich_run import print_run
from zoo_common.tables.run_page import document
from zoo_common.tables.terminal import console

EPILOG = """examples:
  zoo show runs/hrnet_demo-int8-24623af0
  zoo show runs/hrnet_demo-int8-24623af0 --json | jq .score.stats
"""


def add_commands(commands: Any) -> None:
    """Add `zoo show`."""
    parser = commands.add_parser("show", help="everything one run says of itself", description=__doc__, epilog=EPILOG)
    parser.add_argument("run", type=Path, help="run directory; it may be incomplete or not scored")
    parser.add_argument("--json", action="store_true", help="print its documents as one JSON document")
    parser.set_defaults(function=_show)


def _show(args: argparse.Namespace) -> int:
    facts = load_facts(args.run)
    if args.json:
        print(json.dumps(document(facts), indent=2, sort_keys=True))
    else:
        print_run(facts, console("zoo show"))
    return 0
