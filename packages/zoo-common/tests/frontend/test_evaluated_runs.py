"""What `evaluate` leaves in a run beside the numbers: command, latency, verdict."""

import sys

import jsonschema
import pytest

from zoo_common import console
from zoo_common.cards import Registry
from zoo_common.cli.schema import SCHEMAS
from zoo_common.evaluation import latency
from zoo_common.evaluation.latency import one_at_a_time
from zoo_common.files import read_json, write_json
from zoo_common.frontend import Backend, Built, add_evaluate
from zoo_common.runs import merge
from zoo_common.runs.facts import load_facts
from zoo_common.runs.listing import row_of, table
from zoo_fakes import ColourNetwork

CARD = """\
schema: 1
name: colour
title: Colours
task: topdown-heatmap
task_options: {{crop: gluoncv, flip_test: true, decode: quarter}}
framework: torch
network: {{builder: colour}}
input: {{height: 64, width: 48, color: rgb, mean: [0.5, 0.5, 0.5], std: [0.2, 0.2, 0.2]}}
precisions:
  fp32: {{execution: executed, weight_bits: 32, activation_bits: 32}}
  w8a8: {{execution: simulated, weight_bits: 16, activation_bits: 16}}
reference:
  - metric: AP
    value: {value}
    tolerance: 0.01
    conditions: {{dataset: coco-val2017, precision: fp32}}
    source: measured
"""


class Simulated(ColourNetwork):
    def describe(self):
        return {"framework": "numpy", "executed": False}


class ColourBackend(Backend):
    command = "zoo-colour"
    distributions = ()
    default_model = "colour"

    def __init__(self, folder):
        self.registry = Registry(folder)

    def add_arguments(self, parser):
        pass

    def build(self, card, precision, calibration, args):
        return Built(Simulated() if precision == "w8a8" else ColourNetwork(), [])


@pytest.fixture
def zoo(tmp_path, coco_tree, monkeypatch):
    """Run `zoo-colour evaluate` (or another command); ``value`` is the AP its card states. Returns the exit code."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TOX_ENV_NAME", raising=False)
    (tmp_path / "cards").mkdir()

    def call(*argv, command="evaluate", value=0.0):
        (tmp_path / "cards" / "colour.yaml").write_text(CARD.format(value=value))
        line = [command, "--data", str(coco_tree), "--batch-size", "4", "--no-progress", *map(str, argv)]
        monkeypatch.setattr(sys, "argv", ["/usr/local/bin/zoo-colour", *line])
        parser = console.Parser()
        backend = ColourBackend(tmp_path / "cards")
        add_evaluate(parser.add_subparsers(dest="command"), backend, "colour", "")
        args = parser.parse_args(line)
        return args.function(args)

    return call


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "measurements.json"}


def test_a_run_says_what_was_typed_and_how_long_a_sample_takes(zoo, tmp_path, coco_tree, monkeypatch):
    monkeypatch.setenv("TOX_ENV_NAME", "colour")
    assert zoo("--out", tmp_path / "run") == 0
    found = read_json(tmp_path / "run" / "measurements.json")
    jsonschema.validate(found, SCHEMAS["measurements-1"]())
    assert found["command"][:4] == ["zoo-colour", "evaluate", "--data", str(coco_tree)]
    assert found["tox_env"] == "colour"
    assert found["latency"] == {"batch_size": 1, "calls": found["latency"]["calls"], "warm_up": 8}
    assert 10 <= found["latency"]["calls"] <= 100
    assert 0 < found["latency_ms"]["p50"] <= found["latency_ms"]["p90"] <= found["latency_ms"]["p99"]
    row = row_of(load_facts(tmp_path / "run"))
    assert (row["latency_p50_ms"], row["status"]) == (found["latency_ms"]["p50"], "PASSED")
    header = table([row]).splitlines()[0]
    assert "p50 ms" in header and "verdict" in header


def test_latency_changes_nothing_else_and_is_measured_once(zoo, tmp_path):
    run, file = tmp_path / "run", tmp_path / "run" / "measurements.json"
    zoo("--out", run, "--no-latency")
    before, kept = files(run), read_json(file)
    assert "latency_ms" not in kept and "latency" not in kept
    zoo("--out", run)
    measured = read_json(file)
    assert files(run) == before and measured["latency"]["batch_size"] == 1
    assert {name: measured[name] for name in kept} == kept  # the command too is that of the predictions
    zoo("--out", run)
    assert read_json(file) == measured
    file.unlink()
    zoo("--out", run)
    assert set(read_json(file)) == {"schema_version", "command", "latency", "latency_ms"}


def test_a_simulator_is_not_timed(zoo, tmp_path):
    zoo("--precision", "fp32,w8a8")
    timed = {}
    for path in (tmp_path / "runs").iterdir():
        found = read_json(path / "measurements.json")
        timed[path.name.split("-")[1]] = "latency_ms" in found
        assert found["command"][-1] == "fp32,w8a8"
    assert timed == {"fp32": True, "w8a8": False}


def test_shards_carry_their_commands_and_no_latency(zoo, tmp_path):
    shards = [tmp_path / "1", tmp_path / "2"]
    for number, path in enumerate(shards, 1):
        zoo("--shard", "{}/2".format(number), "--out", path, command="predict")
        assert "latency_ms" not in read_json(path / "measurements.json")
    merge(shards, tmp_path / "merged")
    found = read_json(tmp_path / "merged" / "measurements.json")
    jsonschema.validate(found, SCHEMAS["measurements-1"]())
    assert [item["command"][-3] for item in found["shards"]] == ["1/2", "2/2"]


def test_the_verdict_lies_in_the_run(zoo, tmp_path):
    run = tmp_path / "run"
    assert zoo("--out", run, value=0.0) == 0
    found = read_json(run / "verdict.json")
    jsonschema.validate(found, SCHEMAS["verdict-1"]())
    assert found["status"] == "PASSED" and found["checks"][0]["expected"] == 0
    manifest = read_json(run / "manifest.json")
    assert zoo("--out", tmp_path / "failed", value=0.9) == 1
    (check,) = read_json(tmp_path / "failed" / "verdict.json")["checks"]
    assert read_json(tmp_path / "failed" / "verdict.json")["status"] == "FAILED"
    assert check == dict(check, metric="AP", expected=0.9, tolerance=0.01, source="measured")
    assert check["measured"] == read_json(tmp_path / "failed" / "score.json")["stats"]["AP"]
    zoo("--precision", "w8a8", "--out", tmp_path / "other")
    assert not (tmp_path / "other" / "verdict.json").exists(), "the card says nothing of it"
    write_json(tmp_path / "other" / "verdict.json", found)
    zoo("--precision", "w8a8", "--out", tmp_path / "other")
    assert not (tmp_path / "other" / "verdict.json").exists(), "an old one goes"
    assert read_json(run / "manifest.json") == manifest


@pytest.mark.parametrize("seconds, calls", [(0.0, latency.LEAST), (1e9, latency.MOST)])
def test_how_often_it_is_timed(seconds, calls, monkeypatch):
    monkeypatch.setattr(latency, "SECONDS", seconds)
    seen = []
    found = one_at_a_time(seen.append, ["a", "b", "c", "d"])
    assert found["latency"] == {"batch_size": 1, "calls": calls, "warm_up": 4}
    assert seen == (["a", "b", "c", "d"] * 30)[: 4 + calls]
    assert one_at_a_time(seen.append, []) == {}
