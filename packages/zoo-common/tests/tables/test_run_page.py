"""What `zoo show` says, before it is coloured."""

import json

import pytest

from run_documents import write_run
from zoo_common.errors import ZooError
from zoo_common.files import read_json, write_json
from zoo_common.runs.facts import load_facts
from zoo_common.tables.run_page import document, page
from zoo_common.tables.sections import BAD, CAUTION, GOOD


def lines_of(facts):
    return {(section.title, line.label): line for section in page(facts) for line in section.lines}


def test_a_page_has_every_fact(tmp_path):
    found = lines_of(load_facts(write_run(tmp_path)))
    text = {key: line.text for key, line in found.items()}
    assert text["Identity", "weights"] == "pose.npz  " + "a" * 12
    assert text["Identity", "precision"] == (
        "int8; weights 8 bits symmetric per channel; activations 8 bits asymmetric per tensor"
    )
    assert text["Data", "images"] == "10 asked, 9 evaluated, 1 failed" and found["Data", "images"].style == BAD
    assert text["Data", "failed"] == "image 7: truncated"
    assert "SYNTHETIC" in text["Data", "photographs"] and found["Data", "photographs"].style == CAUTION
    assert text["Accuracy", "AP"].startswith("0.5000  0.50:0.95, all sizes")
    assert "undefined" in text["Accuracy", "ARm"], "absent is not 0"
    assert text["Fidelity", "SQNR"] == "30.2 dB" and "0.400 px mean" in text["Fidelity", "joints move"]
    assert text["Speed", "latency"] == "p50 2.50 ms, p90 3.50 ms, p99 4.50 ms  (batch 1, 100 calls)"
    assert text["Speed", "threads"] == "OMP_NUM_THREADS=2"
    assert (found["Verdict", "verdict"].style, found["Verdict", "AP"].style, found["Verdict", "AR"].style) == (
        BAD,
        BAD,
        "",
    )
    assert text["Worst layers, each quantized alone", "head"] == (
        "weights 8 bits: 12.5 dB, joints move 1.500 px, AP 0.4000"
    )
    assert text["Worst layers, each quantized alone", "stem"] == "activations 8 bits: outputs equal"
    assert text["Command", "command"] == "zoo-x evaluate pose --data 'my coco'"
    assert text["Files in {}".format(tmp_path), "results.json"] == "         2 bytes"


def test_calibration_on_evaluated_images_is_red(tmp_path):
    calibration = {
        "split": "val2017",
        "images": 5,
        "samples": 9,
        "image_ids_sha256": "b" * 64,
        "evaluated_images_seen": 5,
    }
    line = lines_of(load_facts(write_run(tmp_path, calibration=calibration)))["Calibration", "overlap"]
    assert line.style == BAD and "5 EVALUATED IMAGES" in line.text


def test_boxes_show_their_own_twelve(tmp_path):
    facts = load_facts(write_run(tmp_path, boxes=True))
    labels = [line.label for section in page(facts) if section.title == "Accuracy" for line in section.lines]
    assert labels == "AP AP50 AP75 APs APm APl AR1 AR10 AR100 ARs ARm ARl scored".split()


def test_incomplete_and_unscored(tmp_path):
    run = write_run(tmp_path, documents=False, complete=False, counts=None, failed=[], shard={"index": 1, "count": 3})
    (run / "parts").mkdir()
    (run / "parts" / "0000000.jsonl").write_text("{}\n")
    found = lines_of(load_facts(run))
    assert "INCOMPLETE" in found["Identity", "state"].text and "shard 1/3" in found["Identity", "state"].text
    assert "not scored" in found["Accuracy", "score"].text
    assert found["Files in {}".format(run), "parts/"].text.split() == ["3", "bytes"]
    assert not {"Verdict", "Speed", "Fidelity", "Command"} & {title for title, _ in found}


def test_merged_shards_keep_their_speeds_apart(tmp_path):
    run = write_run(tmp_path)
    write_json(run / "measurements.json", {"shards": [{"shard": 2, "samples_per_s": 12.5, "wall_s": 3.0}]})
    found = lines_of(load_facts(run))
    assert found["Speed", "shard 2"].text == "12.5 samples/s, 3.00 s"


def test_simulators_are_not_timed_and_say_so(tmp_path):
    run = write_run(tmp_path, precision="w4a8")
    write_json(run / "measurements.json", {"samples_per_s": 12.5})
    found = lines_of(load_facts(run))
    assert found["Speed", "latency"].text.startswith("not measured")
    assert found["Speed", "samples/s"].text == "12.5"


def test_passed_is_green(tmp_path):
    run = write_run(tmp_path)
    write_json(run / "verdict.json", {"schema_version": 1, "status": "PASSED", "checks": []})
    assert lines_of(load_facts(run))["Verdict", "verdict"].style == GOOD


@pytest.mark.parametrize(
    "name, field, wrong, message",
    [
        ("verdict", "checks", [{"metric": "AP"}], r"verdict.json: checks\.0\.measured"),
        ("sensitivity", "rows", ["conv1"], r"sensitivity.json: rows\.0"),
        ("measurements", "latency_ms", 3, r"measurements.json: latency_ms"),
        ("score", "images_scored", -1, r"score.json: images_scored.*got -1"),
        ("fidelity", "sqnr_db", "good", r"fidelity.json: sqnr_db.*got 'good'"),
    ],
)
def test_a_damaged_document_names_file_and_field(tmp_path, name, field, wrong, message):
    run = write_run(tmp_path)
    file = run / (name + ".json")
    write_json(file, dict(read_json(file), **{field: wrong}))
    with pytest.raises(ZooError, match=message):
        page(load_facts(run))


def test_the_document_holds_what_the_run_holds(tmp_path):
    found = json.loads(json.dumps(document(load_facts(write_run(tmp_path / "full")))))
    assert found["score"]["stats"]["AP"] == 0.5 and found["manifest"]["precision"] == "int8"
    assert {"name": "results.json", "bytes": 2} in found["files"]
    bare = document(load_facts(write_run(tmp_path / "bare", documents=False)))
    assert sorted(bare) == ["files", "manifest", "run"]
