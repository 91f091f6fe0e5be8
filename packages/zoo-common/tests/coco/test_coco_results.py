import json

import pytest

from zoo_common.coco.results import read_results, write_results
from zoo_common.errors import ZooError

BOX = {"image_id": 3, "category_id": 1, "bbox": [1.5, 2, 3, 4], "score": 0.25}
POSE = {"image_id": 3, "category_id": 1, "keypoints": [1.5, -2, 0.5] * 17, "score": 0.25}


@pytest.mark.parametrize("type, entry", [("bbox", BOX), ("keypoints", POSE)])
def test_round_trip(tmp_path, type, entry):
    file = tmp_path / "r.json"
    assert write_results(file, (dict(entry, image_id=i) for i in range(3))) == 3
    assert read_results(file, type) == [dict(entry, image_id=i) for i in range(3)]
    assert write_results(file, iter(())) == 0
    assert json.loads(file.read_text()) == []


def test_a_failing_source_leaves_the_old_file(tmp_path):
    def source():
        yield BOX
        raise KeyError("broken off")

    file = tmp_path / "r.json"
    write_results(file, [BOX])
    before = file.read_bytes()
    with pytest.raises(KeyError):
        write_results(file, source())
    with pytest.raises(ZooError, match="entry 1: score must be a finite number, got nan"):
        write_results(file, [BOX, dict(BOX, score=float("nan"))])
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["r.json"]


@pytest.mark.parametrize(
    "entries, message",
    [
        ({"annotations": []}, "expected a list .* looks like an annotation file"),
        ([BOX, 4], "entry 1: expected a dictionary, got 4"),
        ([dict(BOX, image_id="3")], "entry 0: image_id must be an integer, got '3'"),
        ([dict(BOX, category_id=None)], "entry 0: category_id must be an integer, got nothing"),
        ([dict(BOX, score=True)], "entry 0: score must be a finite number, got True"),
        ([dict(BOX, bbox=[1, 2, 3])], "entry 0: bbox must be 4 finite numbers, got 3 values"),
        ([dict(BOX, bbox=[1, 2, 3, "4"])], "entry 0: bbox must be 4 finite numbers, got"),
        ([POSE], "entry 0: bbox must be 4 finite numbers, got nothing"),
    ],
)
def test_faults_are_named(tmp_path, entries, message):
    file = tmp_path / "r.json"
    file.write_text(json.dumps(entries))
    with pytest.raises(ZooError, match="r.json: " + message):
        read_results(file, "bbox")


def test_results_with_infinite_coordinates(tmp_path):
    file = tmp_path / "r.json"
    file.write_text(json.dumps([dict(POSE, keypoints=[float("inf")] * 51)]))
    with pytest.raises(ZooError, match="keypoints must be 51 finite numbers, got"):
        read_results(file, "keypoints")
