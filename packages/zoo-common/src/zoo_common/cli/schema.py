"""`zoo schema`: the published JSON Schemas."""

import argparse
import json
from pathlib import Path
from typing import Any, Callable, Dict

from zoo_common.cards import card_schema
from zoo_common.files import write_json
from zoo_common.runs.manifest import Manifest
from zoo_common.runs.measurements_file import MeasurementsFile
from zoo_common.runs.score_file import ScoreFile
from zoo_common.runs.sensitivity_file import SensitivityFile
from zoo_common.runs.verdict_file import VerdictFile

SCHEMAS: Dict[str, Callable[[], Dict[str, Any]]] = {
    "manifest-1": Manifest.model_json_schema,
    "score-1": ScoreFile.model_json_schema,
    "measurements-1": MeasurementsFile.model_json_schema,
    "verdict-1": VerdictFile.model_json_schema,
    "sensitivity-1": SensitivityFile.model_json_schema,
    "card-1": card_schema,
}


def add_commands(commands: Any) -> None:
    """Add `zoo schema`."""
    parser = commands.add_parser("schema", help="print or write the JSON Schemas of cards and of what a run holds")
    parser.add_argument("name", nargs="?", choices=sorted(SCHEMAS), help="print this one")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write all of them as DIR/NAME.json")
    parser.set_defaults(function=_schema)


def _schema(args: argparse.Namespace) -> int:
    if args.out is not None:
        for name, schema in sorted(SCHEMAS.items()):
            write_json(args.out / (name + ".json"), schema())
            print(args.out / (name + ".json"))
    else:
        for name in [args.name] if args.name else sorted(SCHEMAS):
            print(json.dumps(SCHEMAS[name](), indent=2, sort_keys=True))
    return 0
