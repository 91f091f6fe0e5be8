"""Flat columns: stable, typed, null where a run knows nothing, and documented."""

import csv
import json
import re
from pathlib import Path

import pytest

from run_documents import write_run
from zoo_common.errors import ZooError
from zoo_common.files import read_json, write_json
from zoo_common.runs.facts import find_facts, load_facts
from zoo_common.tables.column import TYPE_NAMES
from zoo_common.tables.columns import COLUMNS, flat_row
from zoo_common.tables.writers import export

DOCS = Path(__file__).parents[4] / "docs" / "results.md"


def test_a_complete_run_fills_the_columns(tmp_path):
    row = flat_row(load_facts(write_run(tmp_path / "run")))
    expected = {
        "model": "pose",
        "executed": True,
        "weight_bits": 8,
        "weight_per_channel": True,
        "activation_symmetric": False,
        "input_height": 192,
        "synthetic": True,
        "images": 9,
        "images_asked": 10,
        "samples": 28,
        "calibration_overlap": 0,
        "AP": 0.5,
        "APl": 1.0,
        "AR100": None,
        "ARm": None,
        "evaluator": "hotcoco 1.3.0",
        "status": "FAILED",
        "sqnr_db": 30.25,
        "joint_shift_px": 0.4,
        "latency_p90_ms": 3.5,
        "latency_batch_size": 1,
        "samples_per_s": 300.0,
        "file_bytes": 1250000,
        "cpu": "EPYC",
        "shard": None,
        "run": str(tmp_path / "run"),
    }
    assert {name: row[name] for name in expected} == expected
    assert type(row["APl"]) is float and type(row["samples_per_s"]) is float
    assert len({column.name for column in COLUMNS}) == len(COLUMNS)


def test_what_a_run_does_not_know_is_null_and_not_0(tmp_path):
    bare = write_run(tmp_path, documents=False, network={}, calibration=None, counts=None, failed=[], complete=False)
    row = flat_row(load_facts(bare))
    known = {name for name, value in row.items() if value is not None}
    always = "model precision task boxes flip_test input_height input_width batch_size split synthetic fingerprint"
    assert known == set((always + " images_asked python card_sha256 weights_sha256 identity complete run").split())


def test_networks_that_name_their_granularity(tmp_path):
    network = {"weights": {"bits": 8, "granularity": "per output channel"}, "activations": "none"}
    row = flat_row(load_facts(write_run(tmp_path, network=network)))
    assert row["weight_per_channel"] is True and row["activation_bits"] is None


@pytest.mark.parametrize("wrong", ["0.5", float("nan"), True, [0.5]])
def test_a_value_of_another_type_is_named(tmp_path, wrong):
    run = write_run(tmp_path)
    score = read_json(run / "score.json")
    score["stats"]["AP"] = wrong
    (run / "score.json").write_text(json.dumps(score))
    with pytest.raises(ZooError, match=r"score.json: stats.AP: .*\(got"):
        flat_row(load_facts(run))


def test_csv_leaves_nulls_empty_and_keeps_every_digit(tmp_path):
    write_run(tmp_path / "a", precision="w4a8")
    score = read_json(tmp_path / "a" / "score.json")
    score["stats"]["AP"] = 0.1 + 0.2
    write_json(tmp_path / "a" / "score.json", score)
    write_run(tmp_path / "b", model='odd, "name"', boxes=True)
    assert export(find_facts([tmp_path]), "csv", tmp_path / "runs.csv") is None
    text = (tmp_path / "runs.csv").read_text(encoding="utf-8")
    first, second = csv.DictReader(text.splitlines())
    assert list(first) == [column.name for column in COLUMNS]
    assert float(first["AP"]) == 0.1 + 0.2
    assert (first["executed"], first["AR100"], first["shard"]) == ("false", "", "")
    assert (second["model"], second["AR100"], second["AR"]) == ('odd, "name"', "0.55", "")
    assert export(find_facts([tmp_path]), "csv") == text


def test_json_keeps_nulls_and_types(tmp_path):
    write_run(tmp_path / "a")
    facts = find_facts([tmp_path])
    assert json.loads(export(facts, "json")) == [flat_row(facts[0])]


def test_a_failing_export_leaves_the_old_file(tmp_path):
    (tmp_path / "runs.csv").write_text("old")
    write_run(tmp_path / "a", network={"executed": "yes"})
    with pytest.raises(ZooError, match=r"network\.executed"):
        export(find_facts([tmp_path]), "csv", tmp_path / "runs.csv")
    assert (tmp_path / "runs.csv").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "runs.csv"]


def test_docs_describe_the_columns():
    text = DOCS.read_text(encoding="utf-8")
    documented = re.findall(r"^\| `(\w+)` \| (\w+) \| `([\w.]+)` \| (.*) \|$", text, flags=re.MULTILINE)
    assert documented == [(c.name, TYPE_NAMES[c.type], c.source, c.meaning) for c in COLUMNS]
