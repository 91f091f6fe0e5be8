"""`zoo-tf2-rle` from end to end, on a drawn tree and the light network."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from zoo_common.coco import open_coco
from zoo_common.runs import merge
from zoo_common.tasks import TopDownRegression
from zoo_common.tasks.topdown_regression import TopDownRegressionOptions
from zoo_tf2_rle.cli import main as cli

MODEL = "rle_light"
SIZE = ["--set", "input_size=[64,48]"]


@pytest.fixture
def run():
    """Run `zoo-tf2-rle`; returns the exit code."""

    def call(*argv):
        with pytest.raises(SystemExit) as stop:
            cli.main([str(arg) for arg in argv])
        return stop.value.code

    return call


@pytest.fixture
def weights(make_light, tmp_path):
    make_light(4).save_weights(tmp_path / "light.h5")
    return tmp_path / "light.h5"


@pytest.fixture
def common(tree, weights):
    return ["--data", tree, "--weights", weights, "--calibration-samples", 4, "--batch-size", 4, "--threads", 1, *SIZE]


def load(path):
    return json.loads(Path(path).read_text())


def test_list_names_every_card(run, capsys):
    assert run("list") == 0
    out = capsys.readouterr().out
    assert "rle_resnet50_rewrite" in out and "0.713" in out


def test_four_precisions_end_in_one_table(common, run, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run("evaluate", MODEL, "--float-heads", "none", *common) == 0
    out = capsys.readouterr().out
    table = out[out.rindex("precision") :].splitlines()
    assert [line.split()[0] for line in table[2:6]] == ["fp32", "fp16", "dynamic", "int8"]
    assert "SQNR dB" in table[0] and "joint shift px" in table[0]
    manifests = {item["precision"]: item for item in map(load, Path("runs").glob("*/manifest.json"))}
    assert [manifests[name]["network"]["weights"]["bits"] for name in ("fp32", "fp16", "dynamic", "int8")] == [
        32,
        16,
        8,
        8,
    ]
    assert manifests["int8"]["calibration"]["samples"] == 4 and "calibration" not in manifests["dynamic"]
    assert manifests["fp32"]["model"]["weights"][0]["file"] == "light.h5"
    assert len({(item["network"]["parameters"], item["network"]["multiply_adds"]) for item in manifests.values()}) == 1
    assert all(load(path)["latency_ms"]["p50"] > 0 for path in Path("runs").glob("*/measurements.json"))
    fidelity = {path.parent.name.split("-")[1]: load(path) for path in Path("runs").glob("*/fidelity.json")}
    assert fidelity["fp16"]["sqnr_db"] > fidelity["int8"]["sqnr_db"] + 10


def test_shards_merge_to_the_whole(common, run, tmp_path):
    assert run("evaluate", MODEL, "--precision", "fp32", "--out", tmp_path / "whole", *common) == 0
    for index in (1, 2):
        assert run("predict", MODEL, "--shard", "{}/2".format(index), "--out", tmp_path / str(index), *common) == 0
    merge([tmp_path / "1", tmp_path / "2"], tmp_path / "merged")
    for name in ("manifest.json", "predictions.jsonl", "results.json"):
        assert (tmp_path / "merged" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_an_exported_file_evaluates_alike(common, tree, weights, run, tmp_path, capsys):
    assert run("evaluate", MODEL, "--precision", "int8", "--out", tmp_path / "direct", *common) == 0
    export = ["--weights", weights, "--data", tree, "--calibration-samples", 4, *SIZE]
    assert (
        run("export", MODEL, "--precision", "int8", "--input", "normalised", "--out", tmp_path / "model", *export) == 0
    )
    assert "calibrated on 4 crops" in capsys.readouterr().out
    file = tmp_path / "model" / (MODEL + "-int8.tflite")
    options = ["--tflite", file, "--precision", "int8", "--threads", 1, "--data", tree, "--batch-size", 4, *SIZE]
    assert run("evaluate", MODEL, "--out", tmp_path / "file", *options) == 0
    for name in ("predictions.jsonl", "results.json"):
        assert (tmp_path / "file" / name).read_bytes() == (tmp_path / "direct" / name).read_bytes()


def test_float_runs_alike_in_both_engines(common, run, tmp_path):
    for engine in ("tensorflow", "tflite"):
        options = ["--engine", engine, "--precision", "fp32", "--out", tmp_path / engine]
        assert run("evaluate", MODEL, *options, *common) == 0
    first, second = (load(tmp_path / engine / "results.json") for engine in ("tensorflow", "tflite"))
    assert len(first) > 5
    for one, other in zip(first, second):
        np.testing.assert_allclose(one["keypoints"], other["keypoints"], atol=0.01)


def test_a_detectors_boxes(tree, weights, run, tmp_path):
    dataset = open_coco(tree, split="val2017")
    people = [person for image in dataset.images for person in dataset.annotations(image.id)]
    boxes = [{"image_id": p["image_id"], "category_id": 1, "score": 0.5, "bbox": p["bbox"]} for p in people]
    (tmp_path / "boxes.json").write_text(json.dumps(boxes + boxes))
    options = ["--data", tree, "--weights", weights, "--boxes", tmp_path / "boxes.json", "--precision", "fp32", *SIZE]
    assert run("evaluate", MODEL, "--out", tmp_path / "run", *options) == 0
    kept = load(tmp_path / "run" / "results.json")
    assert 0 < len(kept) <= len(people) and min(entry["score"] for entry in kept) > 0.5


def test_threads_are_refused_once_tensorflow_runs(tree, run, crops, capsys):
    assert float(crops[0, 0, 0, 0]) < 2  # it has run by now
    assert run("evaluate", MODEL, "--random-weights", "--data", tree, "--threads", 77) == 2
    assert "--threads 77: TensorFlow already runs" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["evaluate", "rle_resnet5"], "did you mean 'rle_resnet50'"),
        (["evaluate", MODEL], "give --weights FILE (or --random-weights)"),
        (["evaluate", MODEL, "--precision", "w8a8"], "--precision: rle_light has no 'w8a8'"),
        (["evaluate", MODEL, "--random-weights", "--weights", "x.h5"], "--random-weights: not with --weights x.h5"),
        (["evaluate", MODEL, "--weights", "absent.h5"], "cannot read absent.h5: No such file"),
        (["evaluate", MODEL, "--tflite", "absent.tflite"], "cannot read absent.tflite: No such file"),
        (["evaluate", MODEL, "--tflite", "x.tflite", "--weights", "x.h5"], "--weights: not with --tflite"),
        (["evaluate", MODEL, "--random-weights", "--set", "score_rule=max"], "score_rule"),
        (["export", MODEL, "--format", "coreml"], "unknown 'coreml'"),
        (["benchmark", MODEL, "--precision", "int4"], "--precision: rle_light has no 'int4'"),
    ],
)
def test_mistakes_are_one_line(argv, message, tree, run, capsys):
    data = [] if argv[0] == "benchmark" else ["--data", tree]
    assert run(*argv, *data) == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert message in error and error.startswith("zoo-tf2-rle")


def test_crops_of_photographs_reach_the_network(run, weights, tmp_path):
    folder = os.environ.get("ZOO_REAL_DATA")
    if not folder:
        pytest.skip("ZOO_REAL_DATA names no folder: real photographs are not here")
    data = Path(folder) / "coco"
    options = ["--data", data, "--split", "val2017", "--limit", 20, "--weights", weights, "--precision", "fp32", *SIZE]
    assert run("evaluate", MODEL, "--out", tmp_path / "run", *options) == 0
    people = TopDownRegression(TopDownRegressionOptions()).samples(open_coco(data, split="val2017").limit(20))
    assert len(load(tmp_path / "run" / "results.json")) == len(people) > 0
