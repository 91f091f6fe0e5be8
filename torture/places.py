"""The commands that are tormented, and what each finds in its folder."""

import importlib.util
import shutil
import sys
from pathlib import Path
from typing import Any, Callable, List, NamedTuple, Tuple

ROOT = Path(__file__).resolve().parents[1]
TF2 = ROOT / ".tox" / "tf2" / "bin" / "python"
CONFIG = """DATASET: {COMMON: {INPUT_SHAPE: [64, 48, 3]}}
MODEL: {BACKBONE: light_residual}
TRAIN: {BATCH_SIZE: 4}
EVAL: {DO_EVAL: false}
OPTIONS: {FLOW: false, SAVE_EVERY: 3}
"""


class Place(NamedTuple):
    """A command and its folder.

    Attributes:
        name: of the place.
        command: takes the workbench; returns program and arguments.
        begin: fills the folder, given the workbench and the folder.
        there: tells whether the program is installed.
        kills: chains of kills it deserves, in a whole run.
        prints: whether what it prints is its result.
        reads: the input folders it reads.
        slow: seconds rather than fractions of one: fewer faults strike it.
    """

    name: str
    command: Callable[[Any], List[str]]
    begin: Callable[[Any, Path], None] = lambda bench, folder: None
    there: Callable[[], bool] = lambda: True
    kills: int = 2
    prints: bool = False
    reads: Tuple[str, ...] = ()
    slow: bool = False


def _zoo(*arguments: str) -> Callable[[Any], List[str]]:
    return lambda bench: [sys.executable, "-m", "zoo_common.cli.main"] + _named(bench, arguments)


def _here(*arguments: str) -> Callable[[Any], List[str]]:
    return lambda bench: [sys.executable, "-m", "torture.commands"] + _named(bench, arguments)


def _named(bench: Any, arguments: Tuple[str, ...]) -> List[str]:
    return [text.replace("INPUTS", str(bench.inputs)) for text in arguments]


def _download(bench: Any) -> List[str]:
    bench.server.pause = 0.01
    bench.server.script = [("truncate", 60000), ("status", 503)]
    return _here("download", bench.server.url(), bench.server.sha256)(bench)


def _unscored(bench: Any, folder: Path) -> None:
    shutil.copytree(str(bench.inputs / "runs" / "fp32"), str(folder / "out"))
    for name in ("score.json", "matches.npz"):
        (folder / "out" / name).unlink()


def _train(bench: Any) -> List[str]:
    config = bench.inputs / "train.yaml"
    config.write_text(CONFIG)
    command = [str(TF2), "-m", "zoo_tf2_rle.cli.train", "-c", str(config), "--data", str(bench.inputs / "data")]
    return command + ["--out", "out", "--steps", "12", "--threads", "1", "--no-progress"]


def _has(module: str) -> Callable[[], bool]:
    return lambda: importlib.util.find_spec(module) is not None


_MODEL = ("linear_demo", "--data", "INPUTS/data", "--out", "out", "--batch-size", "4", "--no-progress")
_SYNTH = ("data", "synth", "--out", "out", "--train", "24", "--val", "20")
_BOTH = ("INPUTS/runs/fp32", "INPUTS/runs/int8")
PLACES = [
    Place("evaluate", _zoo("evaluate", *_MODEL, "--precision", "fp32", "--no-latency"), kills=5, reads=("data",)),
    Place("shard", _zoo("predict", *_MODEL, "--shard", "1/2"), kills=2, reads=("data",)),
    Place("merge", _zoo("merge", "INPUTS/shards/1", "INPUTS/shards/2", "--out", "out"), kills=4, reads=("shards",)),
    Place("score", _zoo("score", "out", "--data", "INPUTS/data"), _unscored, kills=4, reads=("data",)),
    Place("compare", _zoo("compare", *_BOTH, "--json"), prints=True, kills=1, reads=("runs",)),
    Place(
        "report",
        _zoo("report", "INPUTS/runs", "--out", "out", "--data", "INPUTS/data", "--replicates", "50", "--no-progress"),
        there=_has("jinja2"),
        kills=2,
        reads=("runs", "data"),
    ),
    Place("export", _zoo("export", "INPUTS/runs", "--out", "out/runs.csv"), kills=1, reads=("runs",)),
    Place("download", _download, kills=4),
    Place(
        "images",
        _here("tfrecord", "--data", "INPUTS/data", "--out", "out", "--shards", "3", "--no-progress"),
        kills=3,
        reads=("data",),
    ),
    Place("people", _here("people", "--data", "INPUTS/data", "--out", "out"), kills=3, reads=("data",)),
    Place("draw", _zoo(*_SYNTH), kills=2),
    Place("draw-two", _zoo(*_SYNTH, "--workers", "2"), kills=2, slow=True),
    Place("train", _train, there=TF2.exists, kills=2, reads=("data",), slow=True),
]
