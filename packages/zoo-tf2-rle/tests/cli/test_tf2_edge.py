"""The edge side of `zoo-tf2-rle`: export with either input, the edge table, errors by head, `rle-evaluate`."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from zoo_common.cards import Registry
from zoo_common.evaluation.timing import Timing
from zoo_common.frontend.protocol import task_of
from zoo_tf2_rle.cli import evaluate as rle_evaluate
from zoo_tf2_rle.cli import main as cli
from zoo_tf2_rle.cli.benchmark import Measured
from zoo_tf2_rle.cli.edge_table import edge_rows, edge_table
from zoo_tf2_rle.execute.memory_access import MemoryAccess

MODEL = "rle_light"
SIZE = ["--set", "input_size=[64,48]"]


@pytest.fixture
def run():
    """Run a command line; returns the exit code."""

    def call(*argv, main=cli.main):
        with pytest.raises(SystemExit) as stop:
            main([str(arg) for arg in argv])
        return stop.value.code

    return call


@pytest.fixture
def weights(make_light, tmp_path):
    make_light(4).save_weights(tmp_path / "light.h5")
    return tmp_path / "light.h5"


def load(path):
    return json.loads(Path(path).read_text())


def test_a_file_that_takes_pixels_evaluates_as_the_network_does(tree, weights, run, tmp_path):
    common = ["--data", tree, "--precision", "fp32", *SIZE]
    running = ["--batch-size", 4, "--threads", 1, "--engine", "tflite", *common]
    assert run("evaluate", MODEL, "--out", tmp_path / "direct", *running, "--weights", weights) == 0
    assert run("export", MODEL, "--out", tmp_path, *common, "--weights", weights) == 0
    file = tmp_path / (MODEL + "-fp32.tflite")
    assert run("evaluate", MODEL, "--tflite", file, "--out", tmp_path / "file", *running) == 0
    direct, exported = (load(tmp_path / name / "results.json") for name in ("direct", "file"))
    assert len(direct) == len(exported) > 5
    for one, other in zip(direct, exported):
        np.testing.assert_allclose(one["keypoints"], other["keypoints"], atol=0.01)


def test_runs_say_who_computed_what(tree, weights, run, tmp_path):
    common = ["--data", tree, "--weights", weights, "--precision", "int8", "--calibration-samples", 4, *SIZE]
    choices = {"none": ["--float-heads", "none", "--delegate", "none"], "card": []}
    for name, options in choices.items():
        assert run("evaluate", MODEL, "--out", tmp_path / name, "--threads", 1, *common, *options) == 0
    bare, card = (load(tmp_path / name / "manifest.json")["network"] for name in choices)
    assert (bare["delegate"], card["delegate"]) == ("none", "xnnpack")
    assert card["activations"]["float_heads"] == ["coordinates", "sigmas"]
    assert "float_heads" not in bare["activations"] and bare["file_bytes"] < card["file_bytes"]


def test_a_file_for_another_normalisation_is_refused(tree, weights, run, tmp_path, capsys):
    assert run("export", MODEL, "--weights", weights, "--out", tmp_path, *SIZE) == 0
    argv = ["--tflite", tmp_path / (MODEL + "-fp32.tflite"), "--data", tree, *SIZE]
    assert run("evaluate", MODEL, *argv, "--precision", "fp32", "--set", "scale=128") == 2
    assert "its graph has the input's scale 255.0, the protocol 128.0" in capsys.readouterr().err


def table(run, capsys, *argv):
    options = ["--random-weights", "--threads", 1, "--iterations", 2, "--warm-up", 1]
    assert run("benchmark", *argv, *options) == 0
    return capsys.readouterr().out.splitlines()


def test_the_edge_table(run, capsys):
    rows = list(csv.DictReader(table(run, capsys, MODEL, "--precision", "fp32,int8", "--format", "csv", *SIZE)))
    assert [row["precision"] for row in rows] == ["fp32", "int8"]
    floats, integers = ({key: float(value) for key, value in row.items() if value[:1].isdigit()} for row in rows)
    assert floats["params M"] == 1.205 and floats["faster"] == 1 and 0 < floats["p50 ms"] <= floats["p90 ms"]
    assert floats["memory MB"] > 3 * integers["memory MB"] > 3 * integers["weights MB"] > 3
    assert floats["MB"] > 3 * integers["MB"] and rows[0]["AP"] == ""


def test_published_numbers_stand_beside():
    timings = {name: Timing([2.0, 2.0], [3.0, 5.0]) for name in ("fp32", "int8")}
    moved = {name: MemoryAccess(71_000_000, 9_000_000) for name in timings}
    measured = Measured(2_310_980, 293_500_000, {"fp32": 9_200_000, "int8": 3_000_000}, moved, timings)
    rows = edge_rows(Registry("zoo_tf2_rle").get("rle_mobilenet_v2"), measured)
    assert [row[1] for row in rows] == ["fp32", "int8", "published"]
    assert rows[0][2:] == ["2.311", "0.293", "9.20", "4.00", "4.80", "2.00", "1.00", "80.00", "9.00", ""]
    assert (rows[2][2], rows[2][3], rows[2][-1]) == ("2.31", "0.290", "0.614") and not any(rows[2][4:-1])
    assert edge_table(rows, "markdown").splitlines()[1].replace("-", "") == "|" * (len(rows[0]) + 1)


def test_our_own_accuracy_is_no_published_one():
    card = Registry("zoo_tf2_rle").get("rle_mobilenet_v2")
    ours = card.reference[0].conditions.model_copy(update={"dataset": "synthetic-val2017"})
    one = card.reference[0].model_copy(update={"conditions": ours, "value": 0.8765})
    measured = Measured(1, 1, {"fp32": 1}, {"fp32": MemoryAccess(1, 1)}, {"fp32": Timing([1.0], [1.0])})
    (row,) = edge_rows(card.model_copy(update={"reference": (one,)}), measured)
    assert row[-1] == "0.8765"


def test_errors_by_head(tree, weights, run, capsys):
    common = ["--data", tree, "--weights", weights, "--calibration-samples", 4, "--threads", 1, *SIZE]
    assert run("heads", MODEL, "--precision", "fp16,int8", "--samples", 5, *common) == 0
    title, _, _, *rows = capsys.readouterr().out.splitlines()
    assert "5 crops" in title
    fields = [row.split() for row in rows]
    assert [row[:2] for row in fields[1:]] == [["int8", way] for way in ("none", "coordinates", "sigmas", "both")]
    assert fields[0][0] == "fp16" and float(fields[0][1]) > 40
    assert float(fields[2][2]) == float(fields[4][2]) > float(fields[1][2]) + 10


def test_the_rewrites_protocol():
    argv = ["-ih", "224", "-iw", "160", "-k", "17", "-b", "mobilenet-v2", "-w", "mobile.h5"]
    args = cli.parser().parse_args(rle_evaluate.translate(rle_evaluate.parser().parse_args(argv)))
    protocol = task_of(Registry("zoo_tf2_rle").get(args.model), args).protocol()
    assert (args.model, args.weights, args.precision) == ("rle_mobilenet_v2", "mobile.h5", "fp32")
    assert protocol["input_size"] == [224, 160] and protocol["interpolation"] == "nearest"
    assert not protocol["flip_test"] and protocol["score_threshold"] == 0.2


def test_flags_become_a_command_line():
    argv = ["-w", "best.h5", "--flip", "--precision", "fp32,int8", "--threads", "2"]
    line = " ".join(rle_evaluate.translate(rle_evaluate.parser().parse_args(argv)))
    assert line == (
        "evaluate rle_resnet50_rewrite --weights best.h5 --precision fp32,int8 --flip-test "
        "--set input_size=[256,192] --threads 2"
    )


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([], "the following arguments are required: -w/--weights"),
        (["-w", "x.h5", "-k", "16"], "--num_keypoints 16: people of COCO have 17"),
        (["-w", "x.h5", "-b", "resnet5"], "--backbone: unknown 'resnet5'; did you mean 'resnet50'"),
        (["-w", "x.h5", "-ih", "0"], "'0' is not a whole number"),
        (["-w", "absent.h5", "--limit", "1"], "cannot read absent.h5"),
    ],
)
def test_mistakes_of_the_script_are_one_line(argv, message, run, capsys):
    assert run(*argv, main=rle_evaluate.main) == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert message in error and error.startswith("rle-evaluate: error:")


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["benchmark", "--all"], "--all: one file of weights does not fit all models"),
        (["benchmark", MODEL, "--all"], "not allowed with argument"),
        (["evaluate", MODEL, "--delegate", "gpu", "--random-weights"], "unknown 'gpu'"),
        (["evaluate", MODEL, "--float-heads", "coordinate", "--random-weights"], "did you mean 'coordinates'"),
        (["evaluate", MODEL, "--tflite", "x.tflite", "--float-heads", "both"], "--float-heads: not with --tflite"),
        (["heads", MODEL, "--random-weights", "--precision", "int4"], "--precision: rle_light has no 'int4'"),
        (["export", MODEL, "--random-weights", "--input", "pixel"], "did you mean 'pixels'"),
    ],
)
def test_mistakes_at_the_edge_are_one_line(argv, message, run, capsys):
    assert run(*argv) == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert message in error and error.startswith("zoo-tf2-rle")
