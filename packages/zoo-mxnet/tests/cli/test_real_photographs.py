"""The real MXNet network on real photographs: the accuracy we state, measured again."""

import json

import pytest

from zoo_mxnet.cli import main as cli

NANO = "weights/ultralight_nano_simplepose/Ultralight-Nano-SimplePose"


def evaluate(real_data, out, *options):
    """Evaluate on all photographs of val2017; returns AP."""
    argv = ["evaluate", "ultralight_nano_simplepose", "--data", str(real_data / "coco"), "--out", str(out)]
    with pytest.raises(SystemExit) as stop:
        cli.main([*argv, "--model-prefix", str(real_data / NANO), "--no-progress", *options])
    assert stop.value.code == 0
    return json.loads((out / "score.json").read_text())["stats"]["AP"]


def test_float_and_int8(real_data, tmp_path):
    """0.5241 is also what GluonCV's own pipeline gives on these photographs (benchmarks/gluoncv_validate.py)."""
    float_ap = evaluate(real_data, tmp_path / "fp32", "--no-flip-test")
    assert float_ap == pytest.approx(0.5241, abs=0.001)
    int8_ap = evaluate(real_data, tmp_path / "int8", "--no-flip-test", "--precision", "int8")
    assert int8_ap == pytest.approx(float_ap, abs=0.012)


def test_flip(real_data, tmp_path):
    assert evaluate(real_data, tmp_path / "flip") == pytest.approx(0.5337, abs=0.001)
