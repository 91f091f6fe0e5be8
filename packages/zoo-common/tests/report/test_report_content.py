"""What the report says, apart from how it looks."""

import csv
import dataclasses
import html
import io
import json
import shutil

import numpy as np
import pytest
from report_runs import CARDS, HOSTILE, HOSTILE_END

from zoo_common.cards import Registry
from zoo_common.cli.main import main
from zoo_common.coco import open_coco
from zoo_common.comparison import Change, Comparison, Interval
from zoo_common.errors import ZooError
from zoo_common.report import page, write_report
from zoo_common.report.behaviour import behaviour_of
from zoo_common.report.drawing import Shape, displacements, outline
from zoo_common.report.entries import Entry, Prediction
from zoo_common.report.formats import p_value, signed
from zoo_common.report.groups import groups_of, is_scored
from zoo_common.report.headline import headline
from zoo_common.report.judgement import is_borderline, is_significant, judge
from zoo_common.report.pairs import Simulation, reference_of, simulations
from zoo_common.report.precision import STYLES, style_of
from zoo_common.report.published import published
from zoo_common.report.reproduce import command_of
from zoo_common.runs import score_run
from zoo_common.runs.facts import find_facts


@pytest.fixture(scope="module")
def facts(report_runs):
    return {run.path.name: run for run in find_facts([report_runs])}


def comparison(low, high, p, reference=0.8):
    """A comparison of AP alone: the middle of its interval is the difference."""
    middle = (low + high) / 2
    change = Change("AP", reference, reference + middle, middle, interval=Interval(low, high), p_value=p)
    empty = dict.fromkeys("unlike joints joint_error_px categories annotations image_changes".split(), ())
    return Comparison("a", "b", "keypoints", 9, confidence=0.95, replicates=1000, seed=0, statistics=(change,), **empty)


def test_runs_meet_only_on_the_same_data(facts):
    people, objects = groups_of(list(facts.values()))
    assert [people.label, objects.label] == [
        "People on val2017 (synthetic), 14 images",
        "Objects on val2017 (synthetic), 14 images",
    ]
    assert [run.precision for run in people.of("hrnet_posenet")] == ["fp32", "int8", "w8a8", "w4a8"]
    assert sorted(name for name, run in facts.items() if not is_scored(run)) == ["stopped", "unscored"]
    fp32 = facts["pose-fp32"]
    assert reference_of(facts["pose-w4a8"], people.runs) is fp32
    assert reference_of(fp32, people.runs) is None
    assert reference_of(facts["boxes-int8"], people.runs) is None
    other = fp32.manifest.model_copy(update={"protocol": dict(fp32.manifest.protocol, flip_test=False)})
    assert reference_of(facts["pose-int8"], [dataclasses.replace(fp32, manifest=other)]) is None


def test_simulations_find_the_run_of_the_same_bits_that_executed(facts):
    found = simulations([facts[name] for name in ("pose-fp32", "pose-int8", "pose-w8a8", "pose-w4a8", "hostile-int8")])
    assert [(pair.simulated.precision, pair.executed and pair.executed.precision) for pair in found] == [
        ("w8a8", "int8"),
        ("w4a8", None),
    ]


@pytest.mark.parametrize(
    "low, high, p, word",
    [
        (-0.004, 0.006, 0.7, "predicted"),
        (0.001, 0.007, 0.001, "predicted"),
        (-0.05, -0.02, 0.001, "missed"),
        (-0.05, -0.02, 0.2, "undecided"),
        (-0.03, 0.03, 0.9, "undecided"),
        (-0.012, -0.002, 0.01, "undecided"),
    ],
)
def test_the_judgement_of_a_simulation(facts, low, high, p, word):
    pair = Simulation(facts["pose-w8a8"], facts["pose-int8"])
    assert judge(Prediction(pair, comparison(low, high, p))).word == word
    assert judge(Prediction(pair, problem="because")).text == "Not compared: because"


def test_a_difference_is_real_where_interval_and_test_agree():
    assert is_significant(comparison(-0.02, -0.01, 0.01)) and not is_borderline(comparison(-0.02, -0.01, 0.01))
    assert is_borderline(comparison(-0.02, -0.01, 0.06)) and is_borderline(comparison(-0.02, 0.01, 0.04))
    assert not is_significant(comparison(-0.02, 0.01, 0.5)) and not is_borderline(comparison(-0.02, 0.01, 0.5))


def test_the_headline_counts_losses_and_names_them(facts):
    runs = [facts[name] for name in ("pose-fp32", "pose-int8", "pose-w8a8", "pose-w4a8")]
    made = [None, comparison(-0.004, 0.002, 0.5), comparison(-0.012, 0.0, 0.2), comparison(-0.09, -0.05, 0.001)]
    entries = [Entry(run, style_of(run), runs[0], one) for run, one in zip(runs, made)]
    entries[0] = Entry(runs[0], style_of(runs[0]))
    kept, real, failed = [statement.text.replace("\u202f", " ") for statement in headline(entries, [])]
    assert kept == (
        "2 of 3 lower-precision runs keep at least 99 % of the fp32 AP; for 1 of them the interval leaves no doubt. "
        "Below: hrnet_posenet w4a8 (\u22128.75 %)."
    )
    assert real.startswith("Significant loss: hrnet_posenet w4a8 \u22120.0700 AP (\u22120.0900")
    assert failed == "Not at the value the model card expects: hrnet_posenet fp32."
    assert "No run of a lower precision" in headline(entries[:1], [])[0].text


def test_a_share_of_next_to_nothing_is_not_told(facts):
    runs = [facts[name] for name in ("pose-fp32", "pose-w8a8")]
    entry = Entry(runs[1], style_of(runs[1]), runs[0], comparison(-0.002, 0.0, 0.2, reference=0.01))
    told = [statement.text for statement in headline([entry], [])]
    assert entry.share is None and len(told) == 1 and told[0].startswith("hrnet_posenet: AP below 0.05 in fp32.")
    pair = Simulation(runs[1], facts["pose-int8"])
    assert judge(Prediction(pair, comparison(-0.05, -0.02, 0.001, reference=0.04))).word == "open"


def test_precisions_have_one_look_each(facts):
    looks = {name: style_of(facts[name]).slot for name in ("pose-fp32", "pose-int8", "pose-w8a8", "pose-w4a8")}
    assert list(looks.values()) == ["p32", "p8", "p8s", "p4s"]
    style = (page._HERE / "static" / "report.css").read_text()
    body = (page._HERE / "templates" / "body.html.j2").read_text()
    for look in STYLES:
        assert "--{}: light-dark(".format(look.slot) in style and 'id="mark-{}"'.format(look.slot) in body


def test_curves_and_scores_follow_from_the_matches(facts):
    for name in ("pose-fp32", "boxes-int8"):
        run, found = facts[name], behaviour_of(facts[name])
        assert found.precision["mean"].mean() == pytest.approx(run.stats["AP"], abs=1e-9)
        assert found.precision["0.75"].mean() == pytest.approx(run.stats["AP75"], abs=1e-9)
        ranks = found.reliability
        assert 0 <= ranks.error <= 1 and (np.diff(ranks.score) > 0).all() and ranks.count.sum() > 20
    boxes, people = behaviour_of(facts["boxes-int8"]), behaviour_of(facts["pose-w4a8"])
    assert np.mean([ap for ap, _ in boxes.category_ap.values()]) == pytest.approx(facts["boxes-int8"].stats["AP"])
    assert (people.joint_px > behaviour_of(facts["pose-fp32"]).joint_px).all() and (people.joint_loss > 0).all()


def test_csv_and_markdown_hold_every_run(report, facts):
    rows = {
        row["run"].rsplit("/", 1)[1]: row for row in csv.DictReader(io.StringIO((report / "report.csv").read_text()))
    }
    assert sorted(rows) == sorted(facts)
    worst = rows["pose-w4a8"]
    assert float(worst["ap"]) == facts["pose-w4a8"].stats["AP"] and worst["latency_p50_ms"] == ""
    assert float(worst["delta_low"]) <= float(worst["delta_ap"]) <= float(worst["delta_high"]) < 0
    assert float(rows["pose-fp32"]["ap_low"]) < float(rows["pose-fp32"]["ap"]) and rows["pose-fp32"]["delta_ap"] == ""
    assert "incomplete" in rows["stopped"]["state"] and "zoo score" in rows["unscored"]["state"]
    text = (report / "report.md").read_text()
    prose = "\n".join(line for line in text.splitlines() if not line.startswith("    "))
    assert "<img" not in prose and "<script" not in prose and "&lt;img" in prose
    assert text.count("\n    tox -e x-env -- ") == 8 and "say nothing about photographs" in text


def test_the_page_says_what_matters(report):
    text = (report / "index.html").read_text()
    assert "These pictures are drawn." in text and "complete, not scored" in text and "0.765" in text
    assert "default-src 'none'" in html.unescape(text.split("<title>")[0])
    for name in (HOSTILE, HOSTILE_END):
        assert name not in text
    assert sorted(path.name for path in report.iterdir()) == ["index.html", "report.csv", "report.md"]


def test_published_numbers_stand_beside_a_run_only_under_its_own_verdict(facts):
    found = published([CARDS], list(facts.values()))
    assert {item.reference.source for item in found} == {"AIMET Model Zoo", "HRNet repository"}
    beside = [item for item in found if item.run is not None]
    assert [(item.value, item.passed) for item in beside] == [("0.765", False)] and found[0] is beside[0]
    assert beside[0].conditions == "coco-val2017, 5\u202f000 images, flip test, boxes ground-truth"
    own = [item for name in Registry(CARDS).names() for item in Registry(CARDS).get(name).reference]
    assert len(found) < len(own), "numbers of ours are left out"


def test_commands_are_quoted_and_absent_where_unknown(facts):
    run = facts["pose-fp32"]
    assert command_of(run) == "tox -e x-env -- hrnet_posenet --data '/my data'"
    plain = dataclasses.replace(run, measurements={"command": ["zoo-x", "predict", "a b"], "tox_env": "x"})
    assert command_of(plain) == "zoo-x predict 'a b'"
    for measurements in ({}, {"command": "text"}, {"command": [1]}, {"command": []}):
        assert command_of(dataclasses.replace(run, measurements=measurements)) is None


def test_without_data_the_gallery_has_no_photographs_and_says_why(report_runs, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "empty"))
    write_report([report_runs], tmp_path / "out", gallery=2, replicates=20, progress=False)
    text = (tmp_path / "out" / "index.html").read_text()
    assert (
        "data:image/jpeg" not in text and "Name the data with --data DIR" in text and 'class="layer candidate"' in text
    )
    (tmp_path / "other").mkdir()
    write_report([report_runs], tmp_path / "out", data=[tmp_path / "other"], gallery=1, replicates=20, progress=False)
    assert "other: no person_keypoints_val2017.json" in (tmp_path / "out" / "index.html").read_text()


def test_what_cannot_be_compared_is_shown_with_its_reason(report_runs, report_data, tmp_path):
    for name in ("pose-fp32", "pose-int8"):
        shutil.copytree(str(report_runs / name), str(tmp_path / name))
    (tmp_path / "pose-int8" / "matches.npz").write_bytes(b"no archive")
    write_report([tmp_path], tmp_path / "out", data=[report_data], replicates=20, progress=False)
    text = (tmp_path / "out" / "index.html").read_text()
    assert "not compared: " in text and "not a file of matches" in text


def test_a_precision_that_finds_nothing_and_runs_without_numbers(report_runs, report_data, tmp_path):
    for name in ("pose-fp32", "pose-int8", "stopped"):
        shutil.copytree(str(report_runs / name), str(tmp_path / "some" / name))
    (tmp_path / "some" / "pose-int8" / "results.json").write_text("[]")
    score_run(tmp_path / "some" / "pose-int8", open_coco(report_data))
    write_report([tmp_path / "some"], tmp_path / "out", data=[report_data], replicates=20, progress=False)
    text = (tmp_path / "out" / "index.html").read_text()
    assert "not found in int8" in text and "\u2212100.00\u202f%" in text
    write_report([tmp_path / "some" / "stopped"], tmp_path / "out", progress=False)
    text = (tmp_path / "out" / "index.html").read_text()
    assert "Runs without numbers" in text and 'class="run"' not in text


def test_a_different_protocol_is_named_and_not_compared(report_runs, tmp_path):
    for name in ("pose-fp32", "pose-int8"):
        shutil.copytree(str(report_runs / name), str(tmp_path / name))
    manifest = json.loads((tmp_path / "pose-int8" / "manifest.json").read_text())
    manifest["protocol"]["flip_test"] = not manifest["protocol"]["flip_test"]
    (tmp_path / "pose-int8" / "manifest.json").write_text(json.dumps(manifest))
    write_report([tmp_path], tmp_path / "out", replicates=20, progress=False)
    text = (tmp_path / "out" / "index.html").read_text()
    assert (
        "flip_test False" in text
        and "flip_test True" in text
        and "No run of a lower precision has an fp32 run here" in text
    )


def test_mistakes_are_one_line(tmp_path, capsys, monkeypatch):
    for argv, message in (([tmp_path], "no runs below"), ([tmp_path / "none"], "no such folder")):
        with pytest.raises(SystemExit) as stop:
            main(["report", *map(str, argv), "--out", str(tmp_path / "out")])
        error = capsys.readouterr().err
        assert stop.value.code == 2 and message in error and error.count("\n") == 1
    monkeypatch.setitem(__import__("sys").modules, "plotly", None)
    with pytest.raises(ZooError, match=r"zoo-common\[report\]"):
        write_report([tmp_path], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_command_writes_the_page(report_runs, report_data, tmp_path, capsys):
    argv = ["report", report_runs / "pose-fp32", report_runs / "pose-w4a8", "--out", tmp_path, "--data", report_data]
    with pytest.raises(SystemExit) as stop:
        main([str(word) for word in argv] + ["--replicates", "20", "--gallery", "0", "--no-progress"])
    assert stop.value.code == 0 and capsys.readouterr().out == "report: {}\n".format(tmp_path / "index.html")
    assert "data:image/jpeg" not in (tmp_path / "index.html").read_text()


def test_numbers_are_written_alike():
    assert [signed(value, 2) for value in (0.004, -0.004, -0.1, None)] == ["0.00", "0.00", "\u22120.10", "–"]
    assert [p_value(value, 1000) for value in (0.0, 1 / 1001, 0.0421, None)] == ["<0.001", "<0.001", "0.042", "–"]


def test_a_skeleton_leaves_out_what_is_not_there():
    joints = np.zeros((17, 3))
    joints[5], joints[7], joints[9] = (10, 10, 1), (20, 10, 1), (30, 12.25, 1)
    lines, dots = outline(Shape(joints, None), (5.0, 5.0))
    assert lines == "M5 5L15 5M15 5L25 7.2" and dots == "M5 5h0M15 5h0M25 7.2h0"
    moved = joints.copy()
    moved[9, :2] += (3, 4)
    assert displacements(Shape(joints, None), Shape(moved, None))[0] == ("left wrist", 5.0)
