"""`zoo log`: runs in an experiment tracker."""

import argparse
from pathlib import Path
from typing import Any, Union

from zoo_common.errors import ZooError
from zoo_common.loggers.entry import entry_of, reason_to_skip
from zoo_common.loggers.to_mlflow import MlflowLogger
from zoo_common.loggers.to_wandb import WandbLogger
from zoo_common.runs.facts import find_facts

EPILOG = """A run is known by its identity: logged again it is brought up to date, or left alone if nothing is new.

examples:
  zoo log runs --to mlflow --tracking-uri http://mlflow.example:5000
  zoo log runs --to mlflow --tracking-uri file:///data/mlruns --experiment pose
  WANDB_MODE=offline zoo log runs/hrnet_demo-int8-24623af0 --to wandb
"""


def add_commands(commands: Any) -> None:
    """Add `zoo log`."""
    parser = commands.add_parser(
        "log",
        help="log runs to MLflow or Weights & Biases",
        description="Log identity, numbers, tags and the small JSON files of runs to an experiment tracker.",
        epilog=EPILOG,
    )
    parser.add_argument("runs", nargs="+", type=Path, help="run directories, or folders above")
    parser.add_argument("--to", choices=("mlflow", "wandb"), required=True)
    parser.add_argument(
        "--tracking-uri", metavar="URI", help="MLflow's server or folder (default: MLFLOW_TRACKING_URI)"
    )
    parser.add_argument("--experiment", metavar="NAME", default="zoo", help="MLflow's experiment, W&B's project")
    parser.set_defaults(function=_log)


def _log(args: argparse.Namespace) -> int:
    logger = _logger(args)
    for facts in find_facts(args.runs):
        reason = reason_to_skip(facts)
        done = "skipped, " + reason if reason else logger.log(entry_of(facts))
        print("{}: {}".format(facts.path, done), flush=True)
    return 0


def _logger(args: argparse.Namespace) -> Union[MlflowLogger, WandbLogger]:
    if args.to == "mlflow":
        return MlflowLogger(args.experiment, args.tracking_uri)
    if args.tracking_uri is not None:
        raise ZooError("--tracking-uri: of MLflow alone; W&B's server is named by WANDB_BASE_URL")
    return WandbLogger(args.experiment)
