"""`make torture`: kill, starve, race and mislead the commands of the zoo; every promise broken is named."""

import argparse
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import List, Optional

from torture.faults import FAULTS
from torture.mounts import enter_namespace
from torture.outcome import Outcome, SkippedError, ViolationError
from torture.plan import Case, cases
from torture.table import Table
from torture.workbench import Workbench, places

from file_server import serving  # isort: skip


def main(argv: Optional[List[str]] = None) -> int:
    """Run the cases; return 1 if a promise was broken."""
    args = _parser().parse_args(argv)
    enter_namespace()
    chosen = cases(places(), args.only)
    if not chosen:
        print("torture: error: no case is called {}".format(" or ".join(args.only)), file=sys.stderr)
        return 2
    end = time.monotonic() + args.seconds
    table = Table(args.seed)
    folder = Path(tempfile.mkdtemp(prefix="zoo-torture-"))
    try:
        with serving() as server:
            bench = Workbench(folder / "work", server)
            for done, case in enumerate(chosen):
                if time.monotonic() > end:
                    table.left_out = len(chosen) - done
                    break
                _run(case, bench, args.seed, table)
    finally:
        if table.violations and args.keep:
            print("kept: {}".format(folder))
        else:
            shutil.rmtree(str(folder), ignore_errors=True)
    print(table.text())
    return 1 if table.violations else 0


def _run(case: Case, bench: Workbench, seed: int, table: Table) -> None:
    rng = random.Random("{}/{}".format(seed, case.name))
    begin = time.monotonic()
    try:
        outcome: Optional[Outcome] = FAULTS[case.fault](bench, case.place, rng)
        said = outcome.said
    except SkippedError as reason:
        outcome, said = None, "skipped: {}".format(reason)
    except ViolationError as broken:
        outcome, said = None, "VIOLATION: {}".format(broken)
        table.violations.append((case.name, str(broken)))
    table.add(case, outcome, said, time.monotonic() - begin)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m torture", description=__doc__)
    parser.add_argument("--seconds", type=float, default=540, help="no case begins later (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of everything drawn at random (default: %(default)s)")
    parser.add_argument(
        "--only", action="append", default=[], metavar="FAULT[/PLACE[/NUMBER]]", help="may be given several times"
    )
    parser.add_argument("--keep", action="store_true", help="keep the folders if a promise was broken")
    return parser


if __name__ == "__main__":
    sys.exit(main())
