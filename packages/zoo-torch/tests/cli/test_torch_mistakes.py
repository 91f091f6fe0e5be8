"""Mistakes on the command line and in files: one line, exit code 2."""

import json

import pytest
import torch

from zoo_torch.cli import main as zoo_torch
from zoo_torch.cli import quanteval

MODEL = "hrnet_posenet"


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["evaluate", "hrnet_w23"], "did you mean 'hrnet_w32'"),
        (["evaluate", "hrnet_w32"], "give --weights FILE"),
        (["evaluate", MODEL, "--precision", "w3a8"], "--precision: hrnet_posenet has no 'w3a8'"),
        (["evaluate", MODEL, "--batch-size", "-1"], "--batch-size"),
        (["evaluate", MODEL, "--scheme", "min_max"], "unknown 'min_max'"),
        (["evaluate", "exported"], "give --onnx FILE"),
        (["evaluate", "exported", "--onnx", "x.onnx", "--weights", "y.pth"], "it takes --onnx alone"),
        (["evaluate", MODEL, "--precision", "int8", "--engine", "eager"], "PyTorch runs no integers here"),
        (["evaluate", MODEL, "--cfg-opts", "TEST.FLIP_TEST", "maybe"], "TEST.FLIP_TEST"),
        (["evaluate", MODEL, "--cfg-opts", "TEST.FLIP_TEST"], "TEST.FLIP_TEST"),
        (["evaluate", MODEL, "--box-threshold", "0.5"], "give them with --boxes"),
        (["evaluate", MODEL, "--cfg-opts", "TEST.USE_GT_BBOX", "false"], "name the boxes by TEST.COCO_BBOX_FILE"),
        (["evaluate", MODEL, "--onnx", "x.onnx"], "is no ONNX network"),
        (["quantize", MODEL, "--precision", "fp32"], "has no quantized 'fp32'"),
        (["quantize", "exported"], "cannot be quantized here"),
    ],
)
def test_mistakes_are_one_line(argv, message, tree, run, capsys):
    data = [] if argv[0] == "list" else ["--data", tree]
    assert run(*argv[:2], *data, *argv[2:]) == 2
    error = capsys.readouterr().err.strip()
    assert message in error and "\n" not in error


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")
def test_cuda_that_is_not_there(tree, small, run, capsys):
    assert run("evaluate", MODEL, "--data", tree, *small["options"], "--device", "cuda") == 2
    assert "finds no CUDA device" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"not weights", "neither safetensors nor a PyTorch file"),
        (b"\x80\x04trunc", "small.bad"),
    ],
)
def test_bad_checkpoints(content, message, tree, small, run, tmp_path, capsys):
    bad = tmp_path / "small.bad"
    bad.write_bytes(content)
    assert run("evaluate", MODEL, "--data", tree, "--cfg", small["cfg"], "--weights", bad) == 2
    error = capsys.readouterr().err.strip()
    assert message in error and "\n" not in error


def test_weights_of_another_network(tree, small, run, capsys):
    assert run("evaluate", MODEL, "--data", tree, "--weights", small["weights"], "--precision", "fp32") == 2
    error = capsys.readouterr().err.strip()
    assert "width" in error and "\n" not in error


def test_encodings_of_another_network_and_of_another_width(tree, small, run, tmp_path, capsys):
    entry = {"bitwidth": 8, "dtype": "int", "is_symmetric": "True", "max": 1, "min": -1, "offset": -128, "scale": 0.01}
    other = tmp_path / "other.encodings"
    common = ["evaluate", MODEL, "--data", tree, *small["options"], "--calibration-samples", 8, "--encodings", other]
    other.write_text(json.dumps({"backbone.conv.weight": [entry]}))
    assert run(*common, "--precision", "w8a8") == 2
    assert "encodings of another network" in capsys.readouterr().err
    other.write_text(json.dumps({"final_layer.weight": [entry] * 17}))
    assert run(*common, "--precision", "w4a8") == 2
    assert "8 bits, 4 were asked for" in capsys.readouterr().err
    del entry["scale"]
    other.write_text(json.dumps({"final_layer.weight": [entry] * 17}))
    assert run(*common, "--precision", "w8a8") == 2
    error = capsys.readouterr().err
    assert "other.encodings" in error and "final_layer.weight" in error and "scale" in error


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        ([], "fp32,w8a8 cpu"),
        (["--default-param-bw", "4", "--default-output-bw", "8", "--use-cuda", "False"], "fp32,w4a8 cpu"),
        (["--model-config", "hrnet_posenet_w4a8", "--use-cuda", "True"], "fp32,w4a8 cuda"),
    ],
)
def test_quanteval_translates_its_flags(argv, expected):
    line = quanteval.translate(quanteval.parser().parse_args(["--evaluation-dataset", "/data"] + argv))
    assert "{} {}".format(line[line.index("--precision") + 1], line[line.index("--device") + 1]) == expected
    zoo_torch.parser().parse_args(line)


def test_quanteval_passes_configuration_overrides():
    argv = ["--dataset-path", "/data", "--cfg", "w32.yaml", "TEST.FLIP_TEST", "false"]
    line = quanteval.translate(quanteval.parser().parse_args(argv))
    assert line[-3:] == ["--cfg-opts", "TEST.FLIP_TEST", "false"]


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--default-param-bw", "3"], "'3' bits; weights have 8 or 4"),
        (["--default-param-bw", "0"], "'0' bits; weights have 8 or 4"),
        (["--default-param-bw", "eight"], "'eight' bits; weights have 8 or 4"),
        (["--default-output-bw", "16"], "'16' bits; activations have 8"),
        (["--use-cuda", "perhaps"], "'perhaps' is neither true nor false"),
        (["--default-param-bw", "8", "--model-config", "hrnet_posenet_w4a8"], "contradict each other"),
    ],
)
def test_quanteval_mistakes(argv, message, tree, capsys):
    with pytest.raises(SystemExit) as stop:
        quanteval.main(["--evaluation-dataset", str(tree), *argv])
    assert stop.value.code == 2
    error = capsys.readouterr().err.strip()
    assert message in error and "\n" not in error


def test_quanteval_runs_fp32_and_quantized(tree, small, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    argv = ["--evaluation-dataset", tree, "--default-param-bw", "4", "--weights", small["weights"]]
    argv += ["--calibration-samples", 8, "--cfg", small["cfg"], "TEST.FLIP_TEST", "false"]
    with pytest.raises(SystemExit) as stop:
        quanteval.main([str(item) for item in argv])
    assert stop.value.code == 0
    manifests = [json.loads(path.read_text()) for path in (tmp_path / "runs").glob("*/manifest.json")]
    assert sorted(manifest["precision"] for manifest in manifests) == ["fp32", "w4a8"]
    assert all(manifest["protocol"]["flip_test"] is False for manifest in manifests)
