"""Feed every reader of the zoo with broken files: each must end in success or in one clear line.

Exit code 1: something else happened; build/fuzz/findings holds the files.
"""

import argparse
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import List

from fuzz.job import BUILD, ROOT, Job, Tally
from fuzz.registry import TARGETS

LAYOUT = "{:<16} {:>6} {:>6} {:>8} {:>9} {:>8}  {}"


def main() -> int:
    """Run the targets, two at a time."""
    parser = argparse.ArgumentParser(prog="make fuzz ARGS='...'", description=__doc__)
    parser.add_argument("--cases", type=int, default=10000, help="of all targets together (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="the same gives the same cases (default: %(default)s)")
    parser.add_argument("--only", metavar="NAMES", help="targets, with commas: " + ", ".join(TARGETS))
    parser.add_argument("--case", type=int, help="one case of each target alone, as a finding names it")
    parser.add_argument("--minutes", type=float, default=10, help="stop after so many (default: %(default)s)")
    args = parser.parse_args()
    names = args.only.split(",") if args.only else list(TARGETS)
    unknown = sorted(set(names) - set(TARGETS))
    if unknown:
        parser.error("--only: unknown {}; known: {}".format(", ".join(unknown), ", ".join(TARGETS)))
    deadline = time.monotonic() + 60 * args.minutes
    total = sum(TARGETS[name].share for name in names)
    jobs: List[Job] = []
    for name in names:
        cases = max(1, round(args.cases * TARGETS[name].share / total))
        if args.case is None:
            jobs.append(Job(name, args.seed, cases, deadline))
        else:
            jobs.append(Job(name, args.seed, 1, deadline, first=args.case))
    print(LAYOUT.format("target", "cases", "ok", "refused", "findings", "seconds", ""), flush=True)
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(_run, jobs))
    sums = [sum(values) for values in zip(*((t.cases, t.ok, t.refused, _count(t)) for t in found))]
    print(LAYOUT.format("all", *sums, "{:.0f}".format(sum(tally.seconds for tally in found)), ""))
    for tally in found:
        _print_findings(tally, args.seed)
    return 1 if any(tally.findings for tally in found) else 0


def _run(job: Job) -> Tally:
    tally = job.run()
    counts = (tally.cases, tally.ok, tally.refused, _count(tally), "{:.0f}".format(tally.seconds))
    print(LAYOUT.format(tally.name, *counts, tally.stopped), flush=True)
    return tally


def _count(tally: Tally) -> int:
    return sum(len(cases) for cases in tally.findings.values())


def _print_findings(tally: Tally, seed: int) -> None:
    for where, cases in sorted(tally.findings.items(), key=lambda item: -len(item[1])):
        case, what = cases[0]
        print("\n{}: {} ({} times): {}".format(tally.name, where, len(cases), " ".join(str(what).split())))
        if case >= 0:
            print("  again: make fuzz ARGS='--only {} --seed {} --case {}'".format(tally.name, seed, case))
    if tally.findings:
        print("  files and words: {}".format(BUILD.relative_to(ROOT)))


if __name__ == "__main__":
    sys.exit(main())
