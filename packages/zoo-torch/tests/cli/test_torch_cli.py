"""`zoo-torch` from end to end, on a drawn tree and a small HRNet."""

import json
from pathlib import Path

import numpy as np
import pytest

from zoo_common.runs import merge

MODEL = "hrnet_posenet"


def predictions(folder):
    return {name: (Path(folder) / name).read_bytes() for name in ("manifest.json", "predictions.jsonl", "results.json")}


@pytest.fixture
def common(tree, small):
    return ["--data", tree, "--calibration-samples", 8, "--threads", 1, *small["options"]]


def test_list_names_every_card(run, capsys):
    assert run("list") == 0
    out = capsys.readouterr().out
    assert "hrnet_w48_384x288" in out and "0.765" in out and "hrnet_demo" in out


def test_four_precisions_end_in_one_table(common, run, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run("evaluate", MODEL, "--precision", "fp32,w8a8,w4a8,int8", *common) == 0
    out = capsys.readouterr().out
    table = out[out.rindex("precision") :].splitlines()
    assert [line.split()[:2] for line in table[2:6]] == [
        ["fp32", "executed"],
        ["w8a8", "simulated"],
        ["w4a8", "simulated"],
        ["int8", "executed"],
    ]
    assert "SQNR dB" in table[0] and "joint shift px" in table[0]
    manifests = {item["precision"]: item for item in map(load, Path("runs").glob("*/manifest.json"))}
    assert "calibration" not in manifests["fp32"]
    for name, bits in (("w8a8", 8), ("w4a8", 4), ("int8", 8)):
        manifest = manifests[name]
        assert manifest["calibration"]["samples"] == 8
        assert manifest["calibration"]["split"] == "train2017"
        assert manifest["network"]["executed"] is (name == "int8")
        assert manifest["network"]["weights"]["bits"] == bits
        assert manifest["protocol"]["flip_test"] is True  # --cfg says so
    assert manifests["w4a8"]["network"]["file_bytes"] < manifests["w8a8"]["network"]["file_bytes"]
    assert len({(item["network"]["parameters"], item["network"]["multiply_adds"]) for item in manifests.values()}) == 1
    measured = {path.parent.name.split("-")[1]: load(path) for path in Path("runs").glob("*/measurements.json")}
    assert {name for name, item in measured.items() if "latency_ms" in item} == {"fp32", "int8"}  # no simulator's
    fidelity = {path.parent.name.split("-")[1]: load(path) for path in Path("runs").glob("*/fidelity.json")}
    assert fidelity["w8a8"]["sqnr_db"] > fidelity["w4a8"]["sqnr_db"] + 10


def load(path):
    return json.loads(Path(path).read_text())


@pytest.mark.parametrize("precision", ["fp32", "w4a8", "int8"])
def test_shards_of_a_real_network_merge_to_the_whole(precision, common, run, tmp_path):
    assert run("evaluate", MODEL, "--precision", precision, "--out", tmp_path / "whole", *common) == 0
    for index in (1, 2):
        shard = ["--shard", "{}/2".format(index), "--out", tmp_path / str(index)]
        assert run("predict", MODEL, "--precision", precision, *shard, *common) == 0
    merge([tmp_path / "1", tmp_path / "2"], tmp_path / "merged")
    assert predictions(tmp_path / "merged") == predictions(tmp_path / "whole")


@pytest.mark.parametrize("precision", ["w4a8", "int8"])
def test_quantize_then_evaluate_equals_quantizing_on_the_fly(precision, common, tree, small, run, tmp_path, capsys):
    assert run("evaluate", MODEL, "--precision", precision, "--out", tmp_path / "direct", *common) == 0
    options = ["--cfg", small["cfg"], "--weights", small["weights"], "--data", tree, "--calibration-samples", 8]
    assert run("quantize", MODEL, "--precision", precision, "--out", tmp_path / "model", *options) == 0
    assert "8 crops" in capsys.readouterr().out
    prefix = tmp_path / "model" / "{}-{}".format(MODEL, precision)
    saved = ["--weights", "{}.safetensors".format(prefix), "--encodings", "{}.encodings".format(prefix)]
    saved += ["--cfg", small["cfg"], "--data", tree, "--batch-size", 4, "--threads", 1, "--precision", precision]
    assert run("evaluate", MODEL, "--out", tmp_path / "saved", *saved) == 0
    direct, loaded = tmp_path / "direct" / "predictions.jsonl", tmp_path / "saved" / "predictions.jsonl"
    assert direct.read_bytes() == loaded.read_bytes()


def test_narrow_weights_are_recorded(common, run, tmp_path):
    options = ["--precision", "int8", "--narrow-weights", "--out", tmp_path / "run"]
    assert run("evaluate", MODEL, *options, *common) == 0
    assert load(tmp_path / "run" / "manifest.json")["network"]["narrow_weights"] is True
    assert load(tmp_path / "run" / "manifest.json")["network"]["weights"]["bits"] == 7


def test_the_command_line_wins_over_the_configuration(common, run, tmp_path):
    options = ["--precision", "fp32", "--no-flip-test", "--out", tmp_path / "run"]
    assert run("evaluate", MODEL, *options, *common) == 0
    manifest = load(tmp_path / "run" / "manifest.json")
    assert (manifest["protocol"]["flip_test"], manifest["batch_size"]) == (False, 4)


def test_the_configuration_names_data_weights_and_batch(tree, small, run, tmp_path):
    opts = ["DATASET.ROOT", tree, "TEST.MODEL_FILE", small["weights"], "TEST.BATCH_SIZE_PER_GPU", 3]
    options = ["--precision", "fp32", "--out", tmp_path / "run", "--cfg", small["cfg"], "--cfg-opts", *opts]
    assert run("evaluate", MODEL, *options) == 0
    manifest = load(tmp_path / "run" / "manifest.json")
    assert (manifest["batch_size"], manifest["model"]["weights"][0]["file"]) == (3, "small.pth")


def test_an_exported_network_evaluates_alike(common, tree, small, run, tmp_path):
    assert run("evaluate", MODEL, "--precision", "fp32", "--out", tmp_path / "direct", *common) == 0
    export = ["--cfg", small["cfg"], "--weights", small["weights"], "--out", tmp_path / "model"]
    assert run("export", MODEL, *export) == 0
    options = ["--set", "input_size=[64,64]", "--set", "crop=hrnet", "--set", "oks_nms=0.9"]
    options += ["--set", "score_threshold=0.2", "--flip-test", "--data", tree, "--batch-size", 4, "--threads", 1]
    model = tmp_path / "model" / (MODEL + ".onnx")
    assert run("evaluate", "exported", "--onnx", model, "--out", tmp_path / "onnx", *options) == 0
    assert predictions(tmp_path / "onnx")["results.json"] == predictions(tmp_path / "direct")["results.json"]


def test_reference_calibration_takes_the_first_evaluated_crops(tree, small, run, tmp_path, capsys):
    options = ["--data", tree, *small["options"], "--precision", "w8a8", "--reference-calibration"]
    assert run("evaluate", MODEL, "--out", tmp_path / "run", *options) == 2
    assert "calibration asks for 384 samples" in capsys.readouterr().err
    options += ["--calibration-samples", 4]
    assert run("evaluate", MODEL, "--out", tmp_path / "run", *options) == 0
    record = load(tmp_path / "run" / "manifest.json")["calibration"]
    assert (record["split"], record["samples"]) == ("val2017", 4)
    assert record["evaluated_images_seen"] > 0


def test_sensitivity_writes_table_and_plot(tree, small, run, tmp_path, capsys):
    options = ["--cfg", small["cfg"], "--weights", small["weights"], "--data", tree, "--calibration-samples", 8]
    assert run("sensitivity", MODEL, "--samples", 4, "--worst", 3, "--out", tmp_path, *options) == 0
    rows = load(tmp_path / (MODEL + "-w4a8-sensitivity.json"))
    assert len(rows) > 20 and all(np.isfinite(row["sqnr_db"]) and row["joint_shift"] >= 0 for row in rows)
    assert (tmp_path / (MODEL + "-w4a8-sensitivity.png")).read_bytes()[:4] == b"\x89PNG"
    assert len(capsys.readouterr().out.splitlines()) == 3 + 2 + 2


def test_sensitivity_of_a_run_lies_in_it(tree, small, run, tmp_path, capsys):
    options = ["--cfg", small["cfg"], "--weights", small["weights"], "--data", tree, "--calibration-samples", 8]
    folder = tmp_path / "run"
    assert run("predict", MODEL, "--precision", "w8a8", "--out", folder, *options) == 0
    options += ["--samples", 4, "--out", tmp_path, "--run", folder]
    assert run("sensitivity", MODEL, "--precision", "w4a8", *options) == 2
    refused = capsys.readouterr().err.strip().splitlines()[-1]
    assert "a run of hrnet_posenet at w8a8, not of hrnet_posenet at w4a8" in refused
    assert not (folder / "sensitivity.json").exists()
    assert run("sensitivity", MODEL, "--precision", "w8a8", *options) == 0
    found = load(folder / "sensitivity.json")
    assert (found["schema_version"], found["mode"]) == (1, "one")
    assert found["rows"] == load(tmp_path / (MODEL + "-w8a8-sensitivity.json"))


def test_benchmark_prints_every_side(small, run, capsys):
    options = ["--cfg", small["cfg"], "--random-weights", "--iterations", 2, "--warm-up", 1, "--threads", 1]
    assert run("benchmark", MODEL, "--precision", "fp32,w8a8,int8", *options) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[0] for line in lines[3:]] == ["eager fp32", "fp32", "w8a8", "int8"]
