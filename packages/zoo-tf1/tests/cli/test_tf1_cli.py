"""`zoo-tf1` from end to end, on a drawn tree and a small random graph."""

import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from zoo_common.runs import merge
from zoo_tf1.quantsim.load import load as load_graph
from zoo_tf1.quantsim.runner import Runner

MODEL = "exported"


def load(path):
    return json.loads(Path(path).read_text())


def predictions(folder):
    return {name: (Path(folder) / name).read_bytes() for name in ("predictions.jsonl", "results.json")}


def network(folder):
    return load(Path(folder) / "manifest.json")["network"]


def test_list_names_every_card(run, capsys):
    assert run("list") == 0
    out = capsys.readouterr().out
    assert "tfpose_mobilenet_v2_small" in out and "0.383" in out and "0.379" in out and "exported" in out


def test_precisions_end_in_one_table(evaluated, run, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run("evaluate", MODEL, "--precision", "fp32,w8a8,int8-executed", *evaluated) == 0
    out = capsys.readouterr().out
    table = out[out.rindex("precision") :].splitlines()
    assert [line.split()[:2] for line in table[2:5]] == [
        ["fp32", "executed"],
        ["w8a8", "simulated"],
        ["int8-executed", "executed"],
    ]
    assert "SQNR dB" in table[0]
    manifests = {item["precision"]: item for item in map(load, Path("runs").glob("*/manifest.json"))}
    assert "calibration" not in manifests["fp32"]
    assert manifests["w8a8"]["calibration"]["samples"] == 4
    assert manifests["w8a8"]["calibration"]["split"] == "train2017"
    about = manifests["w8a8"]["network"]
    assert about["weights"] == {"bits": 8, "per_channel": False, "symmetric": False}
    assert about["output_quantizers"] == 5 and about["executed"] is False  # image, two ReLUs, two heads
    assert about["file_bytes"] < manifests["fp32"]["network"]["file_bytes"] / 3
    assert manifests["int8-executed"]["network"]["framework"].startswith("onnxruntime ")
    sums = 92 * 124 * 9 * 3 * 8 + 46 * 62 * (9 * 8 * 16 + 16 * 57)
    assert {item["network"]["multiply_adds"] for item in manifests.values()} == {sums}
    assert len({item["network"]["parameters"] for item in manifests.values()}) == 1
    measured = {item.parent.name.rsplit("-", 1)[0]: load(item) for item in Path("runs").glob("*/measurements.json")}
    timed = {name for name, item in measured.items() if "latency_ms" in item}
    assert timed == {"exported-fp32", "exported-int8-executed"}  # no simulator's


def test_shards_merge_to_the_whole(evaluated, run, tmp_path):
    options = ["--precision", "w8a8", *evaluated]
    assert run("evaluate", MODEL, "--out", tmp_path / "whole", *options) == 0
    for index in (1, 2):
        shard = ["--shard", "{}/2".format(index), "--out", tmp_path / str(index)]
        assert run("predict", MODEL, *shard, *options) == 0
    merge([tmp_path / "1", tmp_path / "2"], tmp_path / "merged")
    assert predictions(tmp_path / "merged") == predictions(tmp_path / "whole")


@pytest.mark.parametrize("options", [[], ["--cle", "--scheme", "tf", "--param-bits", 6, "--output-bits", 7]])
def test_quantize_then_evaluate_equals_quantizing_on_the_fly(options, common, evaluated, tree, run, tmp_path, capsys):
    direct = ["--precision", "w8a8", *evaluated, *options]
    assert run("evaluate", MODEL, "--out", tmp_path / "direct", *direct) == 0
    capsys.readouterr()
    quantize = [*common, *options, "--calibration-samples", 4, "--no-progress", "--out", tmp_path / "model"]
    assert run("quantize", MODEL, "--precision", "w8a8", *quantize) == 0
    assert "4 images of train2017" in capsys.readouterr().out
    prefix = tmp_path / "model" / (MODEL + "-w8a8")
    saved = [*evaluated, "--graph", "{}.pb".format(prefix), "--encodings", "{}.encodings".format(prefix)]
    saved += ["--precision", "w8a8", "--out", tmp_path / "saved"]
    if options:
        assert run("evaluate", MODEL, *saved) == 2
        assert "have 6 bits, 8 were asked for" in capsys.readouterr().err
        saved += ["--freeze", *options[1:]]
    assert run("evaluate", MODEL, *saved) == 0
    assert predictions(tmp_path / "saved") == predictions(tmp_path / "direct")
    assert len(predictions(tmp_path / "direct")["results.json"]) > 1000


@pytest.mark.parametrize(
    ("flags", "changed"),
    [
        (["--scheme", "tf"], {"scheme": "tf"}),
        (["--param-bits", 4], {"weights": {"bits": 4, "per_channel": False, "symmetric": False}}),
        (["--output-bits", 16], {"activations": {"bits": 16, "per_channel": False, "symmetric": False}}),
        (["--config", "per_channel"], {"weights": {"bits": 8, "per_channel": True, "symmetric": True}}),
        (["--cle"], {"equalised_pairs": 1}),
        (["--bias-correction"], {"biases_corrected": 4}),
        (["--disable-output-quantizer", "relu*"], {"output_quantizers": 3}),
        (["--disable-output-quantizer", "relu1,pafs"], {"output_quantizers": 3}),
        (["--exclude", "conv*,*maps"], {"output_quantizers": 4}),
        (["--fast-rounding"], {"exact_rounding": False}),
    ],
)
def test_every_flag_is_obeyed(flags, changed, evaluated, run, tmp_path):
    out = tmp_path / "run"
    assert run("evaluate", MODEL, "--precision", "w8a8", "--limit", 1, "--out", out, *evaluated, *flags) == 0
    about = network(out)
    assert {name: about[name] for name in changed} == changed


def test_exclude_takes_weights_and_outputs(common, run, tmp_path):
    options = [*common, "--calibration-samples", 2, "--no-progress", "--out", tmp_path]
    assert run("quantize", MODEL, *options, "--exclude", "conv1*", "--encodings-version", "0.5.1") == 0
    document = load(tmp_path / "exported-w8a8.encodings")
    assert sorted(document["param_encodings"]) == ["conv2/w:0", "conv3/w:0", "conv4/w:0"]
    assert document["version"] == "0.5.1"


def test_training_batch_norms_are_averaged_and_folded_and_that_is_said(graphs, evaluated, run, tmp_path, caplog):
    options = [*evaluated, "--graph", graphs["training"], "--training-batch-norms", "average"]
    assert run("evaluate", MODEL, "--precision", "w8a8", "--out", tmp_path / "run", *options) == 0
    assert "1 of 1 batch norms normalise each image by itself" in caplog.text
    about = network(tmp_path / "run")
    assert (about["batch_norms_averaged"], about["batch_norms_folded"]) == (1, 1)
    assert run("evaluate", MODEL, "--precision", "fp32", "--out", tmp_path / "fp32", *options) == 0
    assert network(tmp_path / "fp32")["batch_norms"] == "as given"


def test_a_checkpoint_and_one_tensor_of_maps_give_the_same(graphs, evaluated, run, tmp_path):
    for name, more in (
        ("plain", []),
        ("checkpoint", ["--graph", graphs["checkpoint"]]),
        ("maps", ["--outputs", "maps:0"]),
        ("ranges", ["--outputs", "maps[0:19],maps[19:57]"]),
    ):
        assert run("evaluate", MODEL, "--precision", "fp32", "--out", tmp_path / name, *evaluated, *more) == 0
    found = [predictions(tmp_path / name) for name in ("plain", "checkpoint", "maps", "ranges")]
    assert found[1:] == found[:1] * 3


def test_benchmark_prints_every_side(common, run, capsys):
    options = [item for item in common if item != "--data"][:-1]
    assert run("benchmark", MODEL, "--precision", "fp32,w8a8", "--iterations", 2, "--warm-up", 1, *options) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "64x64, batch size 1, 2 calls" in lines[0]
    assert [line.split()[0] for line in lines[3:]] == ["fp32", "w8a8"]


def test_an_exported_graph_computes_the_same(graphs, common, run, tmp_path):
    assert run("export", MODEL, "--out", tmp_path, *common, "--graph", graphs["folding"]) == 0
    ends = (["image"], ["heatmaps", "pafs"])
    before, after = (load_graph(path, *ends) for path in (graphs["folding"], tmp_path / "exported.pb"))
    kinds = [{node.op for node in item.graph.node} for item in (before, after)]
    assert "FusedBatchNormV3" in kinds[0] and "FusedBatchNormV3" not in kinds[1]
    image = np.random.RandomState(0).rand(1, 40, 24, 3).astype(np.float32)
    session = onnxruntime.InferenceSession(str(tmp_path / "exported.onnx"), providers=["CPUExecutionProvider"])
    three = dict(zip(ends[1], session.run([name + ":0" for name in ends[1]], {"image:0": image})))
    with Runner(before) as one, Runner(after) as two:
        for name in ends[1]:
            np.testing.assert_allclose(one(image)[name], two(image)[name], atol=1e-4)
            np.testing.assert_allclose(one(image)[name], three[name], atol=1e-4)


def test_quantize_writes_an_executable_model(common, evaluated, run, tmp_path):
    options = ["--calibration-samples", 4, "--no-progress", "--out", tmp_path, *common]
    assert run("quantize", MODEL, "--precision", "int8-executed", *options) == 0
    prefix = tmp_path / (MODEL + "-int8-executed")
    names = ["{}.{}".format(prefix.name, end) for end in ("encodings", "encodings.yaml", "onnx", "pb")]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    image = np.random.RandomState(0).uniform(-0.5, 0.4, (1, 40, 24, 3)).astype(np.float32)  # as calibrated
    session = onnxruntime.InferenceSession("{}.onnx".format(prefix), providers=["CPUExecutionProvider"])
    (executed,) = session.run(["heatmaps_quantized:0"], {"image:0": image})
    with Runner(load_graph("{}.pb".format(prefix), ["image"], ["heatmaps"])) as runner:
        wanted = runner(image)["heatmaps"]
    step = load("{}.encodings".format(prefix))["activation_encodings"]["heatmaps:0"][0]["scale"]
    assert np.abs(executed - wanted).max() < 0.1 * np.abs(wanted).max()
    assert np.abs(executed / step - np.round(executed / step)).max() < 1e-3


def test_floats_in_onnx_runtime_find_the_same_people(evaluated, run, tmp_path):
    for engine in ("tensorflow", "onnxruntime"):
        options = ["--precision", "fp32", "--engine", engine, "--out", tmp_path / engine]
        assert run("evaluate", MODEL, *options, *evaluated) == 0
    manifest = network(tmp_path / "onnxruntime")
    assert manifest["framework"].startswith("onnxruntime ")
    counts = [len(load(tmp_path / name / "results.json")) for name in ("tensorflow", "onnxruntime")]
    assert abs(counts[0] - counts[1]) <= 2
