"""The command line of ``zoo doctor``: options, the text form, the exit code."""

import argparse
import json
from pathlib import Path
from typing import Any, Iterator, List, Optional

from zoo_common.doctor.findings import Findings, examine


def add_commands(commands: Any) -> None:
    """Add ``zoo doctor`` to the subcommands of a parser."""
    parser = commands.add_parser("doctor", help="what this machine has, what is missing, and the command that mends it")
    add_arguments(parser)
    parser.set_defaults(function=run)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``zoo doctor`` to ``parser``."""
    parser.add_argument("--json", action="store_true", help="print everything found as one JSON object")


def run(args: argparse.Namespace) -> int:
    """Print what this machine has; return 0 if nothing is missing, else 1."""
    findings = examine(Path.cwd())
    print(json.dumps(findings, indent=2, sort_keys=True) if args.json else "\n".join(lines(findings)))
    return 1 if findings["missing"] else 0


def lines(findings: Findings) -> Iterator[str]:
    """Yield the findings as text, the missing things last, each above the command that mends it."""
    machine = findings["machine"]
    yield "machine"
    yield "  {}, {}, {} usable cores".format(machine["system"], machine["cpu"] or "unknown processor", machine["cores"])
    yield "  {}".format(" ".join(machine["instruction_sets"]) or "no known vector instructions")
    yield "  memory {}".format(_gigabytes(machine["memory_bytes"]))
    disk = findings["disk"]
    yield "  disk {} free at {} (all environments: {})".format(
        _gigabytes(disk["free_bytes"]), disk["path"], _gigabytes(disk["needed_bytes"])
    )
    yield "interpreters"
    for row in findings["interpreters"]:
        where = "{version:<8} {path} ({source})".format(**row) if row["path"] else "missing"
        yield "  {:<5} {:<52} {}".format(row["python"], where, _short(row["environments"]))
    yield "programs"
    for name, path in findings["programs"].items():
        yield "  {:<5} {}".format(name, path or "missing")
    yield "caches"
    for cache in findings["caches"]:
        yield "  {:<6} {} ({} moves it)".format(cache["name"], cache["path"], cache["variable"])
    for note in findings["notes"]:
        yield "note: " + note
    for kind in ("optional", "missing"):
        for lack in findings[kind]:
            yield "{}: {} (for {})".format(kind, lack["what"], lack["needed_for"])
            yield "    " + lack["mend"]
    yield "{} missing".format(len(findings["missing"])) if findings["missing"] else "nothing is missing"


def _gigabytes(count: Optional[int]) -> str:
    return "unknown" if count is None else "{:.1f} GB".format(count / 1e9)


def _short(environments: List[str]) -> str:
    return "for " + ", ".join(environments)
