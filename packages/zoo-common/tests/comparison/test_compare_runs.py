"""Two runs held against each other: what is refused, what is found, and the gates."""

import json
import shutil

import numpy as np
import pytest

from zoo_common.cli.main import main
from zoo_common.coco import open_coco
from zoo_common.comparison import compare_runs
from zoo_common.errors import ZooError
from zoo_common.evaluation import predict
from zoo_common.files import read_json, write_json
from zoo_common.runs import score_run
from zoo_common.runs.manifest import Calibration
from zoo_common.tasks import task_from_protocol
from zoo_fakes import ColourNetwork, manifest_for


@pytest.fixture
def make_run(coco_tree, small_task, tmp_path):
    """Make a scored run whose results are the annotated people with their joints displaced by ``noise`` pixels."""
    dataset = open_coco(coco_tree)

    def made(name, noise=1.0, task=small_task, **more):
        network, out = ColourNetwork(), tmp_path / name
        limited = dataset.limit(more["limit"]) if "limit" in more else dataset
        predict(task, network, limited, manifest_for(limited, task, network, **more), out, progress=False)
        annotated = [a for image in limited.images for a in limited.annotations(image.id)]
        random = np.random.RandomState(3)
        results = []
        for entry in annotated:
            joints = np.reshape(np.array(entry["keypoints"], float), (17, 3))
            joints[:, :2] += random.normal(0, noise, (17, 2))
            score = float(random.rand())
            results.append(
                {"image_id": entry["image_id"], "category_id": 1, "keypoints": joints.ravel().tolist(), "score": score}
            )
        write_json(out / "results.json", results)
        score_run(out, dataset)
        return out

    return made


def test_it_says_what_differs(make_run):
    found = compare_runs(make_run("a"), make_run("b", noise=3.0), replicates=50, worst=3)
    stats = [read_json(path + "/score.json")["stats"] for path in (found.reference, found.candidate)]
    for name in stats[0]:
        change = found.statistic(name)
        assert (change.reference, change.candidate) == pytest.approx((stats[0][name], stats[1][name]))
    assert found.statistic("AP").interval and found.recall.p_value and found.statistic("AP50").interval is None
    assert len(found.joints) == 17 and found.joints[0].name == "nose" and found.images == 9
    results = [read_json(path + "/results.json") for path in (found.reference, found.candidate)]
    worst = found.annotations[0]
    assert worst.change == min(item.change for item in found.annotations) < 0
    a, b = (np.reshape(results[i][n]["keypoints"], (17, 3))[:, :2] for i, n in enumerate(partners(worst)))
    assert worst.shift_px == pytest.approx(np.hypot(*(a - b).T).mean())
    assert {item.image_id for item in found.annotations} >= {found.image_changes[0].image_id}
    assert json.dumps(found.to_json())


def partners(change):
    return change.reference_detection, change.candidate_detection


def test_a_run_is_like_itself(make_run):
    run = make_run("a")
    found = compare_runs(run, run, replicates=20)
    assert all(not change.difference for change in found.statistics + found.joints + found.joint_error_px)
    assert found.annotations == found.image_changes == () and found.statistic("AP").p_value == 1


@pytest.mark.parametrize("field, change", [("flip_test", "twice"), ("boxes", "f" * 64), ("oks_nms", 0.5)])
def test_unlike_protocols_are_refused_by_name(make_run, field, change):
    first, second = make_run("a"), make_run("b", noise=3.0)
    manifest = read_json(second / "manifest.json")
    manifest["protocol"][field] = change
    write_json(second / "manifest.json", manifest)
    with pytest.raises(ZooError, match="protocol.{}: .* -> ".format(field)):
        compare_runs(first, second)
    forced = compare_runs(first, second, replicates=10, force=True)
    assert len(forced.unlike) == 1 and forced.unlike[0].startswith("protocol." + field)


def test_other_images_and_leaking_calibration_are_refused(make_run):
    whole, few = make_run("a"), make_run("b", limit=5)
    with pytest.raises(ZooError, match=r"dataset.fingerprint: .*; dataset.images: 9 -> 5"):
        compare_runs(whole, few)
    with pytest.raises(ZooError, match="other images or annotations"):
        compare_runs(whole, few, force=True)
    seen = Calibration(split="val2017", images=4, samples=4, image_ids_sha256="0" * 64, evaluated_images_seen=4)
    with pytest.raises(ZooError, match="evaluated_images_seen: 4"):
        compare_runs(whole, make_run("c", noise=3.0, calibration=seen))


def test_two_models_may_differ_in_their_input_two_precisions_may_not(make_run, small_task):
    other = task_from_protocol(dict(small_task.protocol(), mean=[0.1, 0.1, 0.1]), "test")
    first, second = make_run("a"), make_run("b", task=other)
    with pytest.raises(ZooError, match=r"protocol\.mean"):
        compare_runs(first, second)
    manifest = read_json(second / "manifest.json")
    manifest["model"]["name"] = "another"
    write_json(second / "manifest.json", manifest)
    assert compare_runs(first, second, replicates=10).unlike == ()


def test_a_score_that_does_not_follow_from_the_matches_is_refused(make_run):
    first, second = make_run("a"), make_run("b")
    score = read_json(second / "score.json")
    score["stats"]["AP"] += 0.01
    write_json(second / "score.json", score)
    with pytest.raises(ZooError, match=r"score.json: stats.AP: .*does not follow"):
        compare_runs(first, second)
    (second / "score.json").unlink()
    with pytest.raises(ZooError, match="not scored; zoo score"):
        compare_runs(first, second)
    manifest = dict(read_json(second / "manifest.json"), complete=False)
    write_json(second / "manifest.json", manifest)
    with pytest.raises(ZooError, match="not complete"):
        compare_runs(first, second)


def zoo(capsys, *argv):
    with pytest.raises(SystemExit) as stop:
        main([str(arg) for arg in argv])
    captured = capsys.readouterr()
    return stop.value.code, captured.out, captured.err


def test_gates_decide_the_exit_code(make_run, capsys):
    runs = make_run("a"), make_run("b", noise=3.0)
    found = compare_runs(*runs, replicates=100)
    change = found.statistic("AP")
    drop = -change.difference
    assert 0 < drop < -change.interval.low
    common = ("compare", *runs, "--replicates", 100)
    code, out, _ = zoo(capsys, *common, "--require-ap-drop-below", drop * 1.01)
    assert code == 0 and "PASSED: AP drop" in out and "left_ankle" in out
    code, out, _ = zoo(capsys, *common, "--require-ap-drop-below", drop * 0.99)
    assert code == 1 and "FAILED: AP drop {:.4f}".format(drop) in out
    code, out, _ = zoo(capsys, *common, "--require-ap-drop-below", drop * 1.01, "--confidence", 0.95)
    assert code == 1 and "with 95 % confidence below {:.4f}".format(-change.interval.low) in out
    code, out, _ = zoo(capsys, *common, "--require-of-reference", "99.9%", "--json")
    document = json.loads(out)
    assert code == 1 and not document["gates"][0]["passed"] and document["statistics"][0]["name"] == "AP"
    share = 100 * change.candidate / change.reference
    if share > 50.1:
        assert zoo(capsys, *common, "--require-of-reference", "{:.3f}%".format(share - 0.01))[0] == 0


def test_mistakes_on_the_command_line_are_one_line(make_run, capsys, tmp_path):
    run = make_run("a")
    other = tmp_path / "other"
    shutil.copytree(str(run), str(other))
    for argv, said in (
        ((run, tmp_path / "none"), "not a run directory"),
        ((run, other, "--confidence", 95), "'95' is not a number between 0 and 1"),
        ((run, other, "--require-of-reference", "9%"), "between 50% and 100%"),
        ((run, other, "--force", "--require-ap-drop-below", 0.01), "a gate cannot be held"),
    ):
        code, _, err = zoo(capsys, "compare", *argv)
        assert code == 2 and said in err and err.count("\n") == 1
