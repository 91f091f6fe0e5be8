"""`zoo-mxnet` and `simple-pose-validate` from end to end, on a drawn tree and a small network."""

import json
from pathlib import Path

import mxnet as mx
import numpy as np
import pytest

from zoo_common.runs import merge
from zoo_mxnet.cli import main as cli
from zoo_mxnet.cli import validate

SIZE = ["--set", "input_size=[64,48]"]


def run(*argv):
    """Run `zoo-mxnet`; returns the exit code."""
    with pytest.raises(SystemExit) as stop:
        cli.main([str(arg) for arg in argv])
    return stop.value.code


def predictions(folder):
    return {name: (Path(folder) / name).read_bytes() for name in ("manifest.json", "predictions.jsonl", "results.json")}


@pytest.fixture
def common(tree, small_prefix):
    return ["--data", tree, "--model-prefix", small_prefix, "--batch-size", 4, "--calibration-samples", 8] + SIZE


def test_list_names_every_card(capsys):
    assert run("list") == 0
    out = capsys.readouterr().out
    assert "simple_pose_resnet50_v1d" in out and "0.716" in out and "simple_pose_demo" in out


def test_evaluate_both_precisions(common, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run("evaluate", "exported", "--precision", "fp32,int8", *common) == 0
    assert capsys.readouterr().out.count("Average Precision") == 10
    manifests = [json.loads(path.read_text()) for path in Path("runs").glob("*/manifest.json")]
    by_precision = {manifest["precision"]: manifest for manifest in manifests}
    assert "calibration" not in by_precision["fp32"]
    assert by_precision["int8"]["calibration"]["samples"] == 8
    assert by_precision["int8"]["calibration"]["split"] == "train2017"
    assert by_precision["int8"]["calibration"]["evaluated_images_seen"] == 0
    assert by_precision["int8"]["network"]["executed"] is True
    assert by_precision["int8"]["network"]["int8_convolutions"] >= 4
    assert by_precision["fp32"]["dataset"]["synthetic"] is True
    stem, blocks = 16 * 12 * 27 * 8, 8 * 6 * (8 * 16 + 9 * 8 * 16 + 9 * 16 * 16)
    sums = stem + blocks + 8 * 6 * 16 * 16 * 16 + 16 * 12 * 16 * 17
    sizes = [{key: item["network"][key] for key in ("parameters", "multiply_adds")} for item in manifests]
    assert sizes[0] == sizes[1] and sizes[0]["multiply_adds"] == sums
    for path in Path("runs").glob("*/measurements.json"):
        measured = json.loads(path.read_text())
        assert measured["latency"]["batch_size"] == 1 and 10 <= measured["latency"]["calls"] <= 100
        assert 0 < measured["latency_ms"]["p50"] <= measured["latency_ms"]["p99"]


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_shards_of_a_real_network_merge_to_the_whole(precision, common, tmp_path):
    assert run("evaluate", "exported", "--precision", precision, "--out", tmp_path / "whole", *common) == 0
    for index in (1, 2, 3):
        shard = ["--shard", "{}/3".format(index), "--out", tmp_path / str(index)]
        assert run("predict", "exported", "--precision", precision, *shard, *common) == 0
    merge([tmp_path / "1", tmp_path / "2", tmp_path / "3"], tmp_path / "merged")
    assert predictions(tmp_path / "merged") == predictions(tmp_path / "whole")


def test_quantize_then_evaluate_equals_quantizing_on_the_fly(common, tree, small_prefix, tmp_path, capsys):
    assert run("evaluate", "exported", "--precision", "int8", "--out", tmp_path / "direct", *common) == 0
    options = ["--data", tree, "--model-prefix", small_prefix, "--calibration-samples", 8, "--out", tmp_path / "model"]
    assert run("quantize", "exported", *options, *SIZE) == 0
    assert "8 crops" in capsys.readouterr().out
    prefix = tmp_path / "model" / "exported-quantized-naive"
    saved = ["--data", tree, "--batch-size", 4, "--quantized-prefix", prefix] + SIZE
    assert run("evaluate", "exported", "--precision", "int8", "--out", tmp_path / "saved", *saved) == 0
    direct, loaded = tmp_path / "direct" / "predictions.jsonl", tmp_path / "saved" / "predictions.jsonl"
    assert direct.read_bytes() == loaded.read_bytes()
    sizes = [json.loads((tmp_path / name / "manifest.json").read_text())["network"] for name in ("direct", "saved")]
    assert sizes[0]["multiply_adds"] == sizes[1]["multiply_adds"] and sizes[0]["parameters"] == sizes[1]["parameters"]


def test_export_and_import_is_exact(small_prefix, tmp_path):
    assert run("export", "exported", "--model-prefix", small_prefix, "--out", tmp_path) == 0
    batch = mx.nd.array(np.random.RandomState(0).randn(2, 3, 64, 48))
    outputs = []
    for prefix in (small_prefix, str(tmp_path / "exported")):
        block = mx.gluon.SymbolBlock.imports(prefix + "-symbol.json", ["data"], prefix + "-0000.params")
        outputs.append(block(batch).asnumpy())
    np.testing.assert_array_equal(*outputs)


def test_benchmark_prints_both_sides(small_prefix, capsys):
    assert run("benchmark", "exported", "--model-prefix", small_prefix, "--iterations", 2, *SIZE) == 0
    out = capsys.readouterr().out
    assert "fp32" in out and "int8" in out and "imgs/sec" in out


def test_validate_script_on_a_deployed_network(small_prefix, tree, tmp_path, capsys):
    argv = ["--deploy", "--model-prefix", small_prefix, "--num-joints", "17", "--input-size", "64,48"]
    with pytest.raises(SystemExit) as stop:
        validate.main(argv + ["--data-dir", str(tree), "--batch-size", "4", "--out", str(tmp_path / "run")])
    assert stop.value.code == 0
    assert "(AP) @[ IoU=0.50:0.95" in capsys.readouterr().out


@pytest.mark.parametrize(
    "argv, expected",
    [
        (["--model", "m", "--calibration", "--batch-size", "1"], ["quantize", "m", "--calibration-samples", "5"]),
        (["--model", "m", "--benchmark", "--quantized"], ["benchmark", "m", "--precision", "int8"]),
        (["--model", "m", "--flip-test", "--dsnt"], ["evaluate", "m", "--flip-test", "decode=dsnt"]),
        (["--model", "m", "--calibration", "--benchmark"], ["quantize"]),
    ],
)
def test_validate_script_translates_its_flags(argv, expected):
    command = validate.translate(validate.parser().parse_args(argv))
    assert command[0] == expected[0]
    assert set(expected) <= set(command)


MISTAKES = [
    (["evaluate", "simple_pose_resnet50_v1"], "did you mean 'simple_pose_resnet50_v1"),
    (["evaluate", "exported", "--batch-size", "-3"], "'-3' is not a whole number"),
    (["evaluate", "exported", "--precision", "int4"], "did you mean 'int8'"),
    (["evaluate", "exported", "--data", "/nowhere"], "no such folder"),
    (["evaluate", "exported", "--model-prefix", "nothing"], "no such file: nothing-symbol.json"),
    (["evaluate", "exported", "--set", "decoding=dsnt"], "did you mean 'decode'"),
    (["evaluate", "exported", "--set", "decode=magic"], "decode"),
    (["predict", "exported", "--shard", "4/3"], "--shard: '4/3'"),
]


@pytest.mark.parametrize("argv, message", MISTAKES, ids=range(len(MISTAKES)))
def test_mistakes_are_one_line(argv, message, tree, capsys):
    argv = argv if "--data" in argv else [*argv, "--data", tree]
    assert run(*argv) == 2
    err = [line for line in capsys.readouterr().err.splitlines() if "zoo-mxnet" in line]
    assert len(err) == 1 and message in err[0]


def test_wrong_pair_and_wrong_joints(small_prefix, tree, tmp_path, capsys):
    stored = mx.nd.load(small_prefix + "-0000.params")
    del stored["arg:down_weight"]
    mx.nd.save(str(tmp_path / "pair-0000.params"), stored)
    (tmp_path / "pair-symbol.json").write_text(Path(small_prefix + "-symbol.json").read_text())
    assert run("evaluate", "exported", "--data", tree, "--model-prefix", tmp_path / "pair", *SIZE) == 2
    assert "pair-0000.params: parameter 'down_weight'" in capsys.readouterr().err
    argv = ["evaluate", "exported", "--data", tree, "--model-prefix", small_prefix, "--num-joints", 14]
    assert run(*argv, *SIZE) == 2
    assert "--num-joints: 14 asked for, small has 17 heatmaps" in capsys.readouterr().err


@pytest.mark.parametrize(
    "argv, message",
    [
        ([], "--model is needed unless --deploy"),
        (["--deploy"], "--deploy needs --model-prefix"),
        (["--model", "m", "--num-gpus", "1"], "--num-gpus: 1"),
        (["--model", "m", "--calib-mode", "entrpy"], "did you mean 'entropy'"),
        (["--model", "m", "--mean", "1,2"], "--mean: '1,2' is not 3"),
    ],
)
def test_validate_script_mistakes(argv, message, capsys):
    with pytest.raises(SystemExit) as stop:
        validate.main(argv)
    assert stop.value.code == 2
    assert message in capsys.readouterr().err
