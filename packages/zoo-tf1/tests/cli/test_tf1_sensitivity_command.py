"""`zoo-tf1 sensitivity` from end to end, on a drawn tree and a small random graph."""

import json
import math
import re

import pytest

MODEL = "exported"


@pytest.fixture
def analysed(common):
    return [*common, "--calibration-samples", 4, "--samples", 2, "--no-progress", "--scheme", "tf"]


def load(folder):
    return json.loads((folder / "{}-w8a8-sensitivity.json".format(MODEL)).read_text())


def test_table_files_and_flags_that_evaluate_takes(analysed, evaluated, run, tmp_path, capsys):
    options = ["--recover", "--within", "0.01", "--out", tmp_path]
    assert run("sensitivity", MODEL, *options, *analysed) == 0
    out = capsys.readouterr().out
    found = load(tmp_path)
    assert {item["kind"] for item in found["quantizers"]} == {"weights", "activations"}
    assert len(found["quantizers"]) == 4 + 5  # four convolutions; image, two ReLUs, two heads
    numbers = [item.get("sqnr_db", math.inf) for item in found["quantizers"]]  # pixels lie on their grid already
    assert numbers == sorted(numbers)
    assert found["sqnr_db"]["everything"] < found["sqnr_db"]["weights"]
    assert len(found["images"]) == 2
    assert (tmp_path / "{}-w8a8-sensitivity.png".format(MODEL)).read_bytes().startswith(b"\x89PNG")
    assert "everything rounded" in out and re.search(r"step +1 .* left in float", out)
    (flag,) = re.findall(r"--disable-output-quantizer '([^']+)'", out)
    assert found["disable_output_quantizers"]
    argv = ["--precision", "w8a8", "--disable-output-quantizer", flag, "--out", tmp_path / "run"]
    assert run("predict", MODEL, *argv, *evaluated) == 0
    about = json.loads((tmp_path / "run" / "manifest.json").read_text())["network"]
    assert about["unquantized_outputs"] >= len(found["disable_output_quantizers"])
    assert run("sensitivity", MODEL, "--out", tmp_path, "--run", tmp_path / "run", *analysed) == 0
    kept = json.loads((tmp_path / "run" / "sensitivity.json").read_text())
    assert kept["mode"] == "one" and kept["rows"] == load(tmp_path)["quantizers"]


def test_ap_of_the_worst_and_one_kind_only(analysed, run, tmp_path, capsys):
    options = ["--by", "ap", "--top", 2, "--what", "weights", "--mode", "all_but_one", "--out", tmp_path]
    assert run("sensitivity", MODEL, *options, *analysed) == 0
    out = capsys.readouterr().out
    rows = load(tmp_path)["quantizers"]
    assert [item["kind"] for item in rows] == ["weights"] * 4
    assert sum("ap" in item for item in rows) == 2
    assert "alone in float" in out and "AP: fp32 " in out
    assert set(load(tmp_path)["ap"]) == {"fp32", "everything", "weights", "activations"}
    assert "weights alone: as it is AP" in out and "--cle --config per_channel AP" in out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--within", "1"], "--within: says how to --recover; give both"),
        (["--recover", "--what", "weights"], "--recover: leaves activations in float; --what must have them"),
        (["--what", "weight"], "kind: unknown 'weight'; did you mean 'weights'"),
        (["--run", "nowhere"], "nowhere: not a run directory"),
        (["--families"], "--families: says how to --recover; give both"),
        (["--families", "--recover", "--mode", "all_but_one"], "--families: adds up what each tensor does alone"),
        (["--bias-correction"], "--bias-correction: the loss is looked for in the network before it; leave it out"),
        (["--what", ","], "--what: weights, activations or both are needed"),
        (["--recover", "--within", "0"], "'0' is not a number above 0"),
        (["--recover", "--calibration-split", "evaluated"], "--recover: 4 of the calibration images are evaluated"),
        (["--by", "ap", "--calibration-split", "evaluated"], "--by ap: 4 of the calibration images are evaluated"),
    ],
)
def test_mistakes_are_one_line(analysed, run, tmp_path, capsys, options, message):
    assert run("sensitivity", MODEL, *analysed, "--out", tmp_path, *options) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert message in lines[-1] and "Traceback" not in "".join(lines)
    assert not list(tmp_path.iterdir())
