"""`rle-train`: train an RLE network from a YAML; interrupted, the same command goes on to the same losses."""

import argparse
import os
from pathlib import Path
from typing import Any, List, Optional

from zoo_common import console
from zoo_common.coco import CocoDataset, open_coco
from zoo_common.console import positive
from zoo_common.errors import ZooError
from zoo_common.frontend.data import default_data
from zoo_tf2_rle.training.config import Config, read_config
from zoo_tf2_rle.training.workers import workers_of_environment

EPILOG = """examples:
  rle-train -c config/256x192_res50_regress-flow.yaml
  rle-train -c config/256x192_res50_regress-flow.yaml --data /data/coco --out results/res50
  rle-train -c config/128x96_light.yaml --data embedded --steps 200          # drawn people, nothing to download
  rle-train -c FILE ... once more after an interruption goes on where it stopped, to the same losses bit for bit
  tensorboard --logdir results/res50/tensorboard

several workers: the same command on each, with TF_CONFIG as TensorFlow documents it and one folder that
all see; the batch is shared out evenly
"""


def add_train(commands: Any) -> None:
    """Add the command ``train``."""
    parser = commands.add_parser("train", help="train a network from a YAML", description=__doc__, epilog=EPILOG)
    add_arguments(parser)
    parser.set_defaults(function=execute)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add all arguments of the training."""
    add = parser.add_argument
    add("-c", "--config", type=Path, required=True, metavar="FILE", help="YAML; unknown fields are errors")
    add("--data", type=Path, metavar="DIR", help="COCO tree instead of DATASET's records; `embedded`: drawn people")
    add("--split", default="train2017", help="of --data, to train on")
    add("--out", type=Path, metavar="DIR", help="instead of OUTPUT.DIR")
    add("--init", type=Path, metavar="FILE", help="weights to start from (see `evaluate --weights`)")
    add("--steps", type=positive, metavar="N", help="instead of TRAIN.EPOCHS")
    add("--limit", type=positive, metavar="N", help="first N images of --data only")
    add("--threads", type=positive, default=2, metavar="N", help="that make batches (default: 2)")
    add("--no-progress", action="store_true", help="no progress bar")


def execute(args: argparse.Namespace) -> int:
    """Run the command."""
    config = read_config(args.config)
    if args.out is not None:
        config = config.model_copy(update={"OUTPUT": config.OUTPUT.model_copy(update={"DIR": str(args.out)})})
    workers = workers_of_environment()
    workers.rows(config.TRAIN.BATCH_SIZE)
    if workers.count > 1:  # what TensorFlow has to say of a lost worker comes as an error, too
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    init = _init(config, args)
    people, held_back = _data(config, args)
    from zoo_tf2_rle.training.session import Asked, Session

    asked = Asked(init, args.steps, args.threads, not args.no_progress and workers.chief)
    session = Session(config, people, held_back, workers, asked)
    losses = session.run()
    if workers.chief:
        about = (session.folder, len(losses), people.count, session.waited)
        print("{}: {} steps, {} people; the network waited {:.1%} of the time for batches".format(*about))
    return 0


def _init(config: Config, args: argparse.Namespace) -> Optional[Path]:
    asked = config.TRAIN.PRETRAINED
    if args.init is not None or asked is False:
        return args.init
    if asked is True:
        raise ZooError("TRAIN.PRETRAINED: true: name the file instead, nothing is downloaded here (or --init FILE)")
    return Path(asked)


def _data(config: Config, args: argparse.Namespace) -> Any:
    from zoo_common.tasks.topdown_regression import TopDownRegression, TopDownRegressionOptions
    from zoo_tf2_rle.training.people import people_of_tree
    from zoo_tf2_rle.training.records import held_back_records, people_of_records

    task = TopDownRegression(TopDownRegressionOptions(**config.task_options()))
    cache = config.OPTIONS.CACHE_MB
    if args.data is None:
        if args.limit is not None:
            raise ZooError("--limit: only with --data")
        return people_of_records(config.DATASET.TRAIN, task, cache), held_back_records(config)
    root = default_data() if str(args.data) == "embedded" else args.data
    dataset = open_coco(root, split=args.split)
    dataset = dataset if args.limit is None else dataset.limit(args.limit)
    return people_of_tree(dataset, task, cache), _held_back(config, root, args.split)


def _held_back(config: Config, root: Path, split: str) -> Optional[CocoDataset]:
    """Return the validation split beside the trained one; None where none is wanted or there."""
    if not config.EVAL.DO_EVAL:
        return None
    return open_coco(root, split=split.replace("train", "val")) if split.startswith("train") else None


def parser() -> console.Parser:
    """Return the parser of `rle-train`."""
    top = console.Parser(prog="rle-train", description=__doc__, epilog=EPILOG)
    add_arguments(top)
    return top


def main(argv: Optional[List[str]] = None) -> None:
    """Run the command line; leaves the process."""
    console.run("rle-train", lambda: execute(parser().parse_args(argv)))


if __name__ == "__main__":
    main()
