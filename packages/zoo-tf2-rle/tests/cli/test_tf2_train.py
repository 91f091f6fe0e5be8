"""`rle-train` from end to end, on a drawn tree."""

import json
import subprocess
import sys

import numpy as np
import pytest
import yaml

from zoo_tf2_rle.cli import main as zoo
from zoo_tf2_rle.cli import train as cli

SMALL = {
    "DATASET": {"COMMON": {"INPUT_SHAPE": [64, 48, 3]}},
    "AUG": {"ROT_PROB": 0, "HALF_BODY_PROB": 0},
    "MODEL": {"BACKBONE": "light_residual"},
    "TRAIN": {"BATCH_SIZE": 4},
    "EVAL": {"EVAL_TERM": 1, "BATCH_SIZE": 4},
    "OPTIONS": {"FLOW": False},
}


@pytest.fixture
def config(tmp_path):
    """Write the small configuration, fields of its sections changed; returns the file."""

    def write(name="c.yaml", **sections):
        content = {key: {**SMALL.get(key, {}), **sections.get(key, {})} for key in SMALL.keys() | sections}
        (tmp_path / name).write_text(yaml.safe_dump(content))
        return tmp_path / name

    return write


def test_a_training_and_what_it_leaves(config, tree, run, tmp_path, capsys):
    out, options = tmp_path / "out", ["--data", tree, "--no-progress", "--threads", 1]
    assert run(cli.main, "-c", config(), *options, "--out", out, "--steps", 8) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in said[:2]] == ["step 4", "step 8"]
    best = json.loads((out / "best.json").read_text())
    assert said[2].startswith("{}: AP ".format(out / "best.h5"))
    assert said[2].endswith(" with flip, of step {}".format(best["step"]))
    assert said[3].startswith("{}: 8 steps, ".format(out))
    names = {"best.h5", "best.json", "last.h5", "checkpoints", "tensorboard"}
    assert {item.name for item in out.iterdir()} == names
    losses = [json.loads(line)["loss"] for line in (out / "checkpoints/losses.jsonl").read_text().splitlines()]
    assert len(losses) == 8 and np.mean(losses[4:]) < np.mean(losses[:4])

    assert run(zoo.main, "train", "-c", config(), *options, "--out", out, "--steps", 8) == 0
    assert capsys.readouterr().out.splitlines()[0] == said[2]  # nothing left to do

    evaluation = ["--weights", out / "best.h5", "--precision", "fp32", "--set", "input_size=[64,48]", "--threads", 1]
    assert run(zoo.main, "evaluate", "rle_light", *evaluation, "--data", tree, "--out", tmp_path / "run") == 0
    score = json.loads((tmp_path / "run/score.json").read_text())
    assert "AP {:.4f} ".format(score["stats"]["AP"]) in said[2]
    capsys.readouterr()

    other = config(OPTIONS={"FLOW": False, "SEED": 1})
    assert run(cli.main, "-c", other, *options, "--out", out) == 2
    error = capsys.readouterr().err.strip()
    assert "of another training; choose another OUTPUT.DIR (--out): config.OPTIONS.SEED" in error.splitlines()[-1]
    start = ["--init", out / "checkpoints", "--out", tmp_path / "second", "--steps", 1]
    assert run(cli.main, "-c", config(EVAL={"DO_EVAL": False}), *options, *start) == 0
    assert not (tmp_path / "second/best.h5").exists()


@pytest.mark.parametrize(
    ("argv", "sections", "message"),
    [
        (["--data", "absent"], {}, "absent: no such folder"),
        ([], {}, "DATASET.TRAIN.PATTERN: missing; name records there or a COCO tree with --data"),
        (["--limit", 3], {}, "--limit: only with --data"),
        (["--steps", 0], {}, "argument --steps: '0' is not a whole number of at least 1"),
        (["--stepz", 1], {}, "unrecognized arguments: --stepz"),
        (["TREE"], {"TRAIN": {"PRETRAINED": True}}, "TRAIN.PRETRAINED: true: name the file instead"),
        (["TREE"], {"TRAIN": {"PRETRAINED": "absent.h5"}}, "cannot read absent.h5: No such file"),
        (["TREE", "--init", "absent.h5"], {}, "cannot read absent.h5: No such file"),
        (["TREE"], {"MODEL": {"BACKBONE": "mobilenet_v3"}}, "MODEL.BACKBONE: unknown 'mobilenet_v3'; did you mean"),
        (["TREE"], {"MODEL": {"BACKBON": "x"}}, "MODEL.BACKBON: unknown field; did you mean 'BACKBONE'?"),
        (["TREE", "--split", "test2017"], {}, "test2017"),
    ],
)
def test_mistakes_are_one_line(argv, sections, message, config, tree, run, tmp_path, capsys):
    path = config(**sections)
    argv = [part for arg in argv for part in (["--data", tree] if arg == "TREE" else [arg])]
    assert run(cli.main, "-c", path, "--no-progress", "--out", tmp_path / "out", *argv) == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("rle-train: error: ") and message in error
    assert not (tmp_path / "out" / "checkpoints").exists()


def test_a_mistake_is_told_before_tensorflow_is_imported(config, tmp_path):
    script = """
import sys
from zoo_tf2_rle.cli.train import main
try:
    main()
finally:
    print("tensorflow" in sys.modules)
"""
    for argv in (["--help"], ["-c", str(config(TRAIN={"LR": -1}))]):
        done = subprocess.run([sys.executable, "-c", script, *argv], capture_output=True, text=True, check=False)
        assert done.stdout.endswith("False\n") and done.returncode == (0 if argv[0] == "--help" else 2)
    assert "TRAIN.LR: Input should be greater than 0 (got -1)" in done.stderr


def test_real_photographs(real_data, config, run, tmp_path, capsys):
    """Fifty steps lower the loss of 64 photographs' people; the last ten come after an interruption."""
    sections = {"DATASET": {"COMMON": {"INPUT_SHAPE": [128, 96, 3]}}, "TRAIN": {"BATCH_SIZE": 16}}
    path = config(**sections, OPTIONS={"FLOW": True}, EVAL={"DO_EVAL": False})
    options = ["-c", path, "--data", real_data / "coco", "--out", tmp_path / "out", "--no-progress"]
    for steps in (40, 50):
        assert run(cli.main, *options, "--steps", steps) == 0
    assert capsys.readouterr().out.count("179 people") == 2
    rows = (tmp_path / "out/checkpoints/losses.jsonl").read_text().splitlines()
    losses = [json.loads(row)["loss"] for row in rows]
    assert len(losses) == 50 and np.mean(losses[-10:]) < np.mean(losses[:10]) - 20
