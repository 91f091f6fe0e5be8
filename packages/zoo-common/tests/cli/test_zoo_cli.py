"""`zoo` as a user meets it: useful output, and for every mistake one line and exit code 2."""

import errno
import json

import pytest

from zoo_common import console
from zoo_common.cli.main import main
from zoo_common.coco import open_coco
from zoo_common.errors import ZooError
from zoo_common.evaluation import predict
from zoo_common.files import atomic_open, read_json
from zoo_common.runs import Shard, score_run
from zoo_fakes import manifest_for


def zoo(capsys, *argv):
    """Run the command line; returns exit code, stdout, stderr."""
    with pytest.raises(SystemExit) as stop:
        main([str(arg) for arg in argv])
    captured = capsys.readouterr()
    return stop.value.code, captured.out, captured.err


@pytest.fixture
def run(coco_tree, small_task, colour_network, tmp_path):
    dataset = open_coco(coco_tree)
    out = tmp_path / "runs" / "colour"
    predict(small_task, colour_network, dataset, manifest_for(dataset, small_task, colour_network), out)
    score_run(out, dataset)
    return out


def test_ls_shows_every_run(run, capsys):
    code, out, _ = zoo(capsys, "ls", run.parent)
    assert code == 0 and "colour" in out and "complete" in out and "samples/s" in out
    code, out, _ = zoo(capsys, "ls", run.parent, "--json")
    row = json.loads(out)[0]
    assert row["AP"] == read_json(run / "score.json")["stats"]["AP"]
    assert "file_mb" not in row, "absent is absent"


def test_score_of_a_run_equals_the_score_of_its_results_file(run, coco_tree, capsys):
    code, first, _ = zoo(capsys, "score", run, "--data", coco_tree, "--json")
    annotations = coco_tree / "annotations" / "person_keypoints_val2017.json"
    code2, second, _ = zoo(capsys, "score", "--annotations", annotations, "--results", run / "results.json", "--json")
    assert code == code2 == 0
    assert json.loads(first)["stats"] == json.loads(second)["stats"]


def test_score_prints_the_coco_table(run, coco_tree, capsys):
    code, out, _ = zoo(capsys, "score", run, "--data", coco_tree)
    assert code == 0
    assert out.startswith(" Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets= 20 ] = ")


def test_merge_by_command(run, coco_tree, small_task, colour_network, tmp_path, capsys):
    dataset = open_coco(coco_tree)
    for index in (1, 2):
        manifest = manifest_for(dataset, small_task, colour_network, shard=Shard(index=index, count=2))
        predict(small_task, colour_network, dataset, manifest, tmp_path / str(index))
    code, out, _ = zoo(capsys, "merge", tmp_path / "1", tmp_path / "2", "--out", tmp_path / "merged")
    assert code == 0 and "12 samples of 9 images" in out
    assert (tmp_path / "merged" / "results.json").read_bytes() == (run / "results.json").read_bytes()


def test_data_check(coco_tree, capsys):
    assert zoo(capsys, "data", "check", coco_tree)[0] == 0
    next((coco_tree / "images" / "val2017").glob("*.jpg")).unlink()
    code, out, _ = zoo(capsys, "data", "check", coco_tree)
    assert code == 1 and "000000000001.jpg" in out


def broken_json(tree, tmp_path):
    (tmp_path / "broken.json").write_text('[{"image_id": 1,')
    return ["score", "--annotations", tmp_path / "broken.json", "--results", tmp_path / "broken.json"]


def not_results(tree, tmp_path):
    (tmp_path / "r.json").write_text('[{"image_id": 1, "category_id": 1, "keypoints": [1, 2], "score": 0.5}]')
    annotations = tree / "annotations" / "person_keypoints_val2017.json"
    return ["score", "--annotations", annotations, "--results", tmp_path / "r.json"]


MISTAKES = [
    (broken_json, "broken JSON at line 1"),
    (not_results, "keypoints"),
    (lambda tree, tmp: ["scor"], "did you mean 'score'"),
    (lambda tree, tmp: ["ls", tmp / "nowhere"], "no such folder"),
    (lambda tree, tmp: ["score", tmp, "--data", tree], "not a run directory"),
    (lambda tree, tmp: ["score", "--results", "x"], "--annotations"),
    (lambda tree, tmp: ["data", "check", tmp / "nowhere"], "no such folder"),
    (lambda tree, tmp: ["data", "synth", "--train", "-1"], "'-1' is not a whole number of at least 1"),
    (lambda tree, tmp: ["merge", tree, "--out", tmp / "o"], "not a run directory"),
]


@pytest.mark.parametrize("argv, message", MISTAKES, ids=range(len(MISTAKES)))
def test_a_mistake_is_one_line_and_exit_code_2(argv, message, coco_tree, tmp_path, capsys):
    code, _, err = zoo(capsys, *argv(coco_tree, tmp_path))
    assert code == 2
    assert message in err and err.count("\n") == 1 and "Traceback" not in err


def test_full_disk_leaves_no_half_file(tmp_path):
    with pytest.raises(ZooError, match="No space left"), atomic_open(tmp_path / "f.json") as stream:
        stream.write("half")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_unwritable_output(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ZooError, match="cannot write"), atomic_open(tmp_path / "file" / "f.json"):
        pass


def test_defects_of_ours_keep_their_traceback():
    with pytest.raises(ZeroDivisionError):
        console.run("zoo", lambda: 1 // 0)
