"""`zoo compare`: what the candidate loses against the reference, and whether that is real."""

import argparse
import json
from pathlib import Path
from typing import Any, List

from zoo_common.comparison import compare_runs
from zoo_common.comparison.gates import Gate, drop_below, of_reference
from zoo_common.comparison.text import comparison_text
from zoo_common.console import positive
from zoo_common.errors import ZooError

CONFIDENCE = 0.95
EPILOG = """Both runs must be complete, scored, and evaluated alike: same images, boxes, flip test, suppression.
The intervals are of a paired bootstrap over images; p is of a paired permutation test.

examples:
  zoo compare runs/hrnet_demo-fp32-* runs/hrnet_demo-w4a8-*
  zoo compare FP32 INT8 --require-ap-drop-below 0.01               exit code 1 if AP drops by 0.01 or more
  zoo compare FP32 INT8 --require-ap-drop-below 0.01 --confidence 0.95   ... or if that is not certain enough
  zoo compare FP32 INT8 --require-of-reference 99.9%               MLPerf's higher target
"""


def add_commands(commands: Any) -> None:
    """Add `zoo compare`."""
    parser = commands.add_parser(
        "compare",
        help="what a quantized run loses against its reference, with the interval; gates for CI",
        description=__doc__,
        epilog=EPILOG,
    )
    parser.add_argument("reference", type=Path, help="run directory, usually of fp32")
    parser.add_argument("candidate", type=Path, help="run directory, usually of a quantized precision")
    parser.add_argument("--force", action="store_true", help="compare unlike protocols; the result is marked")
    parser.add_argument("--worst", type=positive, default=5, help="losses, and gains, to name of people and images")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    statistics = parser.add_argument_group("statistics")
    statistics.add_argument("--replicates", type=positive, default=1000, help="bootstrap resamples; permutations")
    statistics.add_argument(
        "--confidence",
        type=_fraction,
        help="of the intervals (default: {}); where it is given, gates ask it of the whole interval".format(CONFIDENCE),
    )
    statistics.add_argument("--seed", type=int, default=0, help="of the resampling")
    gates = parser.add_argument_group("gates (exit code 1 where one is missed)")
    gates.add_argument("--require-ap-drop-below", type=_fraction, metavar="X", help="AP drops by less, e.g. 0.01")
    gates.add_argument("--require-of-reference", type=_share, metavar="P%", help="of the reference's AP, e.g. 99%%")
    parser.set_defaults(function=_compare)


def _fraction(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError("'{}' is not a number between 0 and 1".format(text))
    return value


def _share(text: str) -> float:
    try:
        value = float(text.rstrip("%")) / 100
    except ValueError:
        value = -1.0
    if not 0.5 <= value <= 1:
        raise argparse.ArgumentTypeError("'{}' is not a percentage between 50% and 100%".format(text))
    return value


def _compare(args: argparse.Namespace) -> int:
    asked = args.require_ap_drop_below is not None or args.require_of_reference is not None
    if asked and args.force:
        raise ZooError("--force: a gate cannot be held against runs that were not evaluated alike")
    confidence = CONFIDENCE if args.confidence is None else args.confidence
    found = compare_runs(args.reference, args.candidate, args.replicates, confidence, args.seed, args.force, args.worst)
    gates: List[Gate] = []
    if args.require_ap_drop_below is not None:
        gates.append(drop_below(found, args.require_ap_drop_below, args.confidence is not None))
    if args.require_of_reference is not None:
        gates.append(of_reference(found, args.require_of_reference, args.confidence is not None))
    if args.json:
        document = dict(found.to_json(), gates=[{"passed": gate.passed, "text": gate.text} for gate in gates])
        print(json.dumps(document, indent=2))
    else:
        print(comparison_text(found))
        for gate in gates:
            print(("\n" if gate is gates[0] else "") + gate.text)
    return 0 if all(gate.passed for gate in gates) else 1
