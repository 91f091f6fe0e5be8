"""Documents of runs that are not what they should be: one line that names them."""

import json
import sys

import pytest

from zoo_common.cli.main import main
from zoo_common.coco import check, open_coco
from zoo_common.errors import ZooError
from zoo_common.evaluation import predict
from zoo_common.files import read_json, write_json
from zoo_common.metrics import load_matches
from zoo_common.runs import Shard, merge, score_run
from zoo_common.runs.assemble import read_lines
from zoo_fakes import manifest_for


@pytest.mark.skipif(not hasattr(sys, "get_int_max_str_digits"), reason="this Python reads numbers of any length")
def test_a_number_of_thousands_of_digits(tmp_path):
    (tmp_path / "a.json").write_text('{"id": ' + "1" * 5000 + "}")
    with pytest.raises(ZooError, match=r"a\.json: broken JSON: Exceeds the limit"):
        read_json(tmp_path / "a.json")


def test_a_name_no_file_system_takes_is_a_missing_photograph(coco_tree):
    path = coco_tree / "annotations" / "person_keypoints_val2017.json"
    document = json.loads(path.read_text())
    image = document["images"][2]
    (coco_tree / "images" / "val2017" / image["file_name"]).unlink()
    image["file_name"] = "A" * 5000
    path.write_text(json.dumps(document))
    (found,) = check(open_coco(coco_tree)).findings
    assert (found.kind, found.count) == ("photographs: missing", 1)


@pytest.mark.parametrize(
    "line",
    [b"\xff", b"[1]", b'{"sample": "0", "image_id": 1}', b'{"sample": 0, "image_id": []}', b"[" * 100000],
    ids=["bytes", "list", "sample", "image", "deep"],
)
def test_a_line_that_is_no_record(tmp_path, line):
    (tmp_path / "p.jsonl").write_bytes(b'{"sample": 0, "image_id": 1}\n' + line + b"\n")
    with pytest.raises(ZooError, match=r"p\.jsonl: (line 2 is not a prediction record|not UTF-8 text)"):
        list(read_lines(tmp_path / "p.jsonl"))


@pytest.fixture
def scored(coco_tree, small_task, colour_network, tmp_path):
    """Two scored runs of the same network."""
    dataset = open_coco(coco_tree)
    for name in ("a", "b"):
        predict(small_task, colour_network, dataset, manifest_for(dataset, small_task, colour_network), tmp_path / name)
        score_run(tmp_path / name, dataset)
    return tmp_path


def test_records_of_another_task_are_not_merged(coco_tree, small_task, colour_network, tmp_path):
    dataset = open_coco(coco_tree)
    manifest = manifest_for(dataset, small_task, colour_network, shard=Shard(index=1, count=1))
    predict(small_task, colour_network, dataset, manifest, tmp_path / "shard")
    path = tmp_path / "shard" / "predictions.jsonl"
    path.write_text(path.read_text().replace("box_score", "score"))
    with pytest.raises(ZooError, match="its records are not those of the task topdown-heatmap: 'box_score'"):
        merge([tmp_path / "shard"], tmp_path / "out")
    assert not (tmp_path / "out" / "results.json").exists()


def test_results_that_changed_since_the_score_are_not_compared(scored, capsys):
    entries = read_json(scored / "b" / "results.json")
    for changed, message in (
        (entries[:1], "1 results, fewer than matches.npz names"),
        ([dict(entries[0], keypoints=[1]), *entries[1:]], "entry 0: keypoints must be 51 finite numbers"),
    ):
        write_json(scored / "b" / "results.json", changed)
        with pytest.raises(SystemExit) as leaving:
            main(["compare", str(scored / "a"), str(scored / "b")])
        assert leaving.value.code == 2
        assert message in capsys.readouterr().err


CHANGES = {
    "gt_match": lambda array: array + 10**6,
    "dt_match": lambda array: array[:, :3],
    "joint_oks": lambda array: array[:, :5],
    "gt_ignored": lambda array: array.astype("int32"),
    "dt_image": lambda array: array - 5,
    "dt_score": lambda array: array * float("nan"),
    "dt_rank": lambda array: array - 9,
    "image_ids": lambda array: array.astype("S8"),
}


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_matches_that_do_not_fit_together(scored, name):
    matches = load_matches(scored / "a" / "matches.npz")
    object.__setattr__(matches, name, CHANGES[name](getattr(matches, name)))
    matches.save(scored / "a" / "matches.npz")
    with pytest.raises(ZooError, match=r"matches\.npz: {}: ".format(name)):
        load_matches(scored / "a" / "matches.npz")
