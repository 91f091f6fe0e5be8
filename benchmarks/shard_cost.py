"""What does a shard cost: CPU seconds before its first image, CPU time an image, memory, bytes written?

    python benchmarks/shard_cost.py [--only MODEL ...] [--limit 200]

Every model and precision of workflow/config.yaml predicts the embedded validation split in a process of its own, on one
thread. CPU time, not wall time: other work on the machine does not count. Runs in any environment that has PyYAML
(`workflow`); the models' own environments must exist.
"""

import argparse
import json
import os
import resource
import subprocess
import tempfile
from pathlib import Path
from typing import Dict, List

import yaml

ROOT = Path(__file__).resolve().parents[1]
LINE = "| {:<16} | {:<13} | {:>7} | {:>11} | {:>9} | {:>12} |"


def main() -> None:
    """Print one row a model and precision, as Markdown."""
    config = yaml.safe_load((ROOT / "workflow" / "config.yaml").read_text(encoding="utf-8"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=list(config["models"]), default=list(config["models"]))
    parser.add_argument("--limit", type=int, default=200, help="images")
    args = parser.parse_args()
    print(LINE.format("model", "precision", "start s", "ms an image", "memory MB", "KB an image"))
    print("|" + "---|" * 6)
    for name in args.only:
        for precision in config["models"][name]["precisions"]:
            with tempfile.TemporaryDirectory() as folder:
                print(
                    LINE.format(name, precision, *cost(config, name, precision, args.limit, Path(folder))), flush=True
                )


def cost(config: Dict, name: str, precision: str, limit: int, folder: Path) -> List[str]:
    """Predict once and return the row's figures."""
    model = config["models"][name]
    environment = config["environments"][model["environment"]]
    variables = {key: str(value) for key, value in environment["variables"].items() if key != "ZOO_LOCK"}
    program = ROOT / environment["folder"] / "bin" / model["command"]
    command = [
        str(program),
        "predict",
        name,
        "--precision",
        precision,
        "--limit",
        str(limit),
        "--out",
        str(folder / "r"),
    ]
    before = _cpu()
    subprocess.run(
        [*command, "--threads", "1", "--workers", "1", "--no-progress"],
        check=True,
        env=dict(os.environ, OMP_NUM_THREADS="1", **variables),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    measured = json.loads((folder / "r" / "measurements.json").read_text(encoding="utf-8"))
    written = (folder / "r" / "predictions.jsonl").stat().st_size
    start, each = _cpu() - before - measured["cpu_s"], measured["cpu_s"] / measured["images"]
    figures = [start, 1000 * each, measured["peak_memory_mb"], written / 1000 / measured["images"]]
    return ["{:.{}f}".format(value, digits) for value, digits in zip(figures, (1, 1, 0, 2))]


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
