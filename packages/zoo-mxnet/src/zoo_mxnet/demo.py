"""Train the embedded network again: ``python -m zoo_mxnet.demo`` (or ``make demo-weights``)."""

import argparse
import os
import time
from pathlib import Path
from typing import Optional, Sequence

from zoo_common.coco import open_coco
from zoo_common.console import Parser, positive, run
from zoo_common.files import atomic_open, read_json
from zoo_common.frontend.data import RECIPE as SYNTHETIC
from zoo_common.frontend.data import default_data, is_synthetic
from zoo_common.schema import parse
from zoo_common.tasks.topdown_heatmap import TopDownHeatmap, TopDownHeatmapOptions
from zoo_mxnet import threads


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Read the split, train, write weights and record; return the exit code."""
    args = _parser().parse_args(argv)
    threads.configure_once(args)
    from zoo_mxnet.networks.demo import INPUT_SIZE, NAME, WEIGHTS, DemoPose
    from zoo_mxnet.training.people import read_people
    from zoo_mxnet.training.recipe import Recipe
    from zoo_mxnet.training.save import save_exported, save_record
    from zoo_mxnet.training.train import train

    asked = {"seed": args.seed, "iterations": args.iterations, "batch_size": args.batch_size}
    recipe = parse(Recipe, {key: value for key, value in asked.items() if value is not None}, "recipe")
    out = Path(args.out or WEIGHTS)
    _check_writable(out)
    root = args.data or default_data()
    dataset = open_coco(root, split=args.split)
    dataset = dataset if args.limit is None else dataset.limit(args.limit)
    options = TopDownHeatmapOptions(input_size=INPUT_SIZE, mean=recipe.mean, std=recipe.std)
    people = read_people(dataset, TopDownHeatmap(options))
    network = DemoPose()
    start = time.monotonic()
    losses = train(network, people, recipe, INPUT_SIZE)
    seconds = round(time.monotonic() - start, 1)
    files = save_exported(network, out, NAME)
    data = {"split": dataset.split, "fingerprint": dataset.fingerprint, "images": len(dataset), "people": len(people)}
    if is_synthetic(root):
        data["synthetic"] = read_json(Path(root) / SYNTHETIC)["recipe"]
    machine = {"seconds": seconds}
    if "OMP_NUM_THREADS" in os.environ:
        machine["omp_threads"] = int(os.environ["OMP_NUM_THREADS"])
    save_record(out / (NAME + "-training.json"), files, recipe, data, losses, machine)
    print("{}: {} people, {} iterations in {:.0f} s".format(out, len(people), recipe.iterations, seconds))
    return 0


def _check_writable(folder: Path) -> None:
    """Find out before the work and not after it."""
    probe = folder / ".writable"
    with atomic_open(probe):
        pass
    probe.unlink()


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="python -m zoo_mxnet.demo",
        description="Train simple_pose_demo from scratch by its recipe; same machine and versions, same weights.",
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="COCO tree (default: the embedded one, drawn if need be)"
    )
    parser.add_argument("--split", default="train2017", help="split to train on")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where the weights go (default: into the package)")
    parser.add_argument("--iterations", type=positive, metavar="N", help="instead of the recipe's")
    parser.add_argument("--batch-size", type=positive, metavar="N", help="instead of the recipe's")
    parser.add_argument("--seed", type=int, metavar="N", help="instead of the recipe's")
    parser.add_argument("--limit", type=positive, metavar="N", help="first N images only")
    threads.add_arguments(parser)
    return parser


if __name__ == "__main__":
    run("python -m zoo_mxnet.demo", main)
