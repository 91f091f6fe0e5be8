import copy
import json
import math
import sys

import pytest

from random_coco import random_coco
from zoo_common.coco.layout import open_annotations
from zoo_common.errors import ZooError
from zoo_common.metrics import PROTOCOLS, ap_from_matches, compute_matches, score
from zoo_common.metrics.quick import score_files

ENGINES = ["pycocotools"]
try:
    import hotcoco  # noqa: F401

    ENGINES.append("hotcoco")
except ImportError:
    pass


def put(folder, truth, found):
    files = folder / "truth.json", folder / "found.json"
    for file, value in zip(files, (truth, found)):
        file.write_text(json.dumps(value))
    return files


def plain_pycocotools(truth, found, type):
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    coco = COCO()
    coco.dataset = copy.deepcopy(truth)
    coco.createIndex()
    evaluation = COCOeval(coco, coco.loadRes(copy.deepcopy(found)), type)
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    return [None if value == -1 else float(value) for value in evaluation.stats]


def close(found, expected):
    assert len(found) == len(expected)
    assert [value is None for value in found] == [value is None for value in expected]
    return all(abs(a - b) <= 1e-12 for a, b in zip(found, expected) if a is not None)


@pytest.mark.parametrize("type", ["bbox", "keypoints"])
@pytest.mark.parametrize("seed", range(6))
def test_every_way_of_scoring_gives_the_numbers_of_pycocotools(tmp_path, capsys, seed, type):
    truth, found = random_coco(seed, type=type, detections=(8, 30, 80)[seed % 3], images=(15, 10, 4)[seed % 3])
    files = put(tmp_path, truth, found)
    expected = plain_pycocotools(truth, found, type)
    table = [line for line in capsys.readouterr().out.splitlines() if "@[" in line]
    dataset = open_annotations(files[0], {"bbox": "instances", "keypoints": "person_keypoints"}[type])
    for engine in ENGINES:
        for result in (score(files[0], files[1], type, engine=engine), score(dataset, found, type, engine=engine)):
            assert close(list(result.stats.values()), expected)
            assert (result.image_count, result.detection_count) == (len(truth["images"]), len(found))
            assert str(result).splitlines() == table
    ours = ap_from_matches(compute_matches(dataset, found, type))
    assert list(ours) == list(PROTOCOLS[type].names)
    assert close(list(ours.values()), expected)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("type, names", [("bbox", 12), ("keypoints", 10)])
def test_no_detections_score_zero_and_no_annotations_nothing(tmp_path, engine, type, names):
    truth, found = random_coco(3, type=type)
    for results in ([], put(tmp_path, truth, [])[1]):
        result = score(put(tmp_path, truth, [])[0], results, type, engine=engine)
        assert list(result.stats.values()) == [0.0] * names
        assert result.detection_count == 0
    bare = dict(truth, annotations=[])
    result = score(put(tmp_path, bare, found)[0], found, type, engine=engine)
    assert list(result.stats.values()) == [None] * names
    assert "= -1.000" in str(result)
    assert ap_from_matches(compute_matches(put(tmp_path, bare, found)[0], found, type)) == result.stats


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("type", ["bbox", "keypoints"])
def test_subset_and_unknown_images(tmp_path, engine, type):
    truth, found = random_coco(5, type=type)
    files = put(tmp_path, truth, found)
    ids = [7, 21, 35, 70]
    part = dict(truth, images=[image for image in truth["images"] if image["id"] in ids])
    expected = plain_pycocotools(part, [entry for entry in found if entry["image_id"] in ids], type)
    result = score(files[0], files[1], type, image_ids=ids, engine=engine)
    assert close(list(result.stats.values()), expected)
    assert (result.image_count, result.unknown_count) == (4, 0)
    matches = compute_matches(files[0], files[1], type, image_ids=ids)
    assert close(list(ap_from_matches(matches).values()), expected)
    stray = found + [dict(found[0], image_id=99999)]
    (tmp_path / "found.json").write_text(json.dumps(stray))
    with pytest.warns(UserWarning, match="1 detections are on images that the ground truth doesn't have .*99999"):
        result = score(files[0], files[1], type, engine=engine)
    assert (result.unknown_count, result.detection_count) == (1, len(found))
    assert close(list(result.stats.values()), plain_pycocotools(truth, found, type))
    with pytest.raises(ZooError, match="no image 8"):
        score(files[0], files[1], type, image_ids=[7, 8], engine=engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_annotation_id_0_and_negative_ids_count_like_any_other(tmp_path, engine):
    truth, found = random_coco(6, type="keypoints")
    expected = list(score(put(tmp_path, truth, found)[0], found, "keypoints", engine=engine).stats.values())
    for entry in truth["annotations"]:
        entry["id"] -= 40
    for entry in truth["annotations"] + found:
        entry["image_id"] -= 1000
    for image in truth["images"]:
        image["id"] -= 1000
    assert any(entry["id"] == 0 for entry in truth["annotations"])
    files = put(tmp_path, truth, found)
    assert list(score(files[0], files[1], "keypoints", engine=engine).stats.values()) == expected
    assert list(ap_from_matches(compute_matches(*files, type="keypoints")).values()) == pytest.approx(
        expected, abs=1e-12
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_keypoint_results_with_boxes_take_their_area_from_them(tmp_path, engine):
    truth, found = random_coco(7, type="keypoints")
    boxed = [dict(entry, bbox=[1, 2, 3, 4]) for entry in found]
    expected = plain_pycocotools(truth, boxed, "keypoints")
    assert expected != plain_pycocotools(truth, found, "keypoints")
    files = put(tmp_path, truth, boxed)
    for results in (files[1], boxed):
        result = score(files[0], results, "keypoints", engine=engine)
        assert close(list(result.stats.values()), expected)
    with pytest.raises(ZooError, match="entry 1: lacks a bbox while entry 0 has one"):
        score(files[0], boxed[:1] + found[1:], "keypoints", engine=engine)


def faults(found):
    def changed(**changes):
        return [dict(entry, **changes) if place == 5 else entry for place, entry in enumerate(found)]

    yield changed(score=None), "entry 5: score must be a finite number, got nothing"
    yield changed(score=math.inf), "entry 5: score"
    yield changed(score="0.5"), "entry 5: score"
    yield changed(keypoints=found[5]["keypoints"][:48]), "entry 5: keypoints must be 51 finite numbers, got 48 values"
    yield changed(keypoints=found[5]["keypoints"][:48] + [None, 1, 2]), "entry 5: keypoints"
    yield changed(image_id="7"), "entry 5: image_id"
    yield changed(image_id=7.0), "entry 5: image_id"
    yield changed(category_id=True), "entry 5: category_id"
    yield [{k: v for k, v in e.items() if k != "score" or i != 5} for i, e in enumerate(found)], "entry 5: score"
    yield {"annotations": found}, "expected a list of detections"
    yield found[:5] + [None] + found[5:], "entry 5: expected a dictionary"


@pytest.mark.parametrize("engine", ENGINES)
def test_faulty_results_are_named(tmp_path, engine):
    truth, found = random_coco(8, type="keypoints")
    for results, message in faults(found):
        files = put(tmp_path, truth, results)
        with pytest.raises(ZooError, match="found.json: " + message):
            score(files[0], files[1], "keypoints", engine=engine)
        if isinstance(results, list):
            with pytest.raises(ZooError, match="results: " + message):
                score(files[0], results, "keypoints", engine=engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_faulty_ground_truth_is_named(tmp_path, engine):
    truth, found = random_coco(8, type="keypoints")
    for field, value in (("area", None), ("keypoints", [1, 2, 3]), ("num_keypoints", None), ("bbox", None), ("id", 2)):
        wrong = copy.deepcopy(truth)
        wrong["annotations"][3][field] = value
        with pytest.raises(ZooError, match="truth.json: annotation [24]: {}".format(field)):
            score(put(tmp_path, wrong, found)[0], tmp_path / "found.json", "keypoints", engine=engine)
        del wrong["annotations"][3][field]
        with pytest.raises(ZooError, match=r"truth.json: annotation(s\[3\]| 4): {}".format(field)):
            score(put(tmp_path, wrong, found)[0], tmp_path / "found.json", "keypoints", engine=engine)
    with pytest.raises(ZooError, match="'categories' is empty"):
        score(put(tmp_path, dict(truth, categories=[]), found)[0], found, "keypoints", engine=engine)
    with pytest.raises(ZooError, match=r"cannot read .*absent\.json"):
        score(tmp_path / "absent.json", found, "keypoints", engine=engine)


def test_wrong_names():
    with pytest.raises(ZooError, match="unknown type of results 'keypoint'; did you mean 'keypoints'"):
        score("a", [], "keypoint")
    with pytest.raises(ZooError, match="unknown scoring engine 'hot'; did you mean 'hotcoco'"):
        score("a", [], "bbox", engine="hot")
    if "hotcoco" not in ENGINES:
        with pytest.raises(ZooError, match="not installed; pip install hotcoco"):
            score("a", [], "bbox", engine="hotcoco")


@pytest.mark.skipif(len(ENGINES) < 2, reason="hotcoco is not installed")
@pytest.mark.parametrize("type", ["bbox", "keypoints"])
def test_sound_files_take_the_quick_way_and_others_do_not(tmp_path, capfd, type):
    truth, found = random_coco(9, type=type)
    found = [entry for entry in found if entry["category_id"] != 99]
    assert score_files(*put(tmp_path, truth, found), type=type) is not None
    extra = [dict(entry, center=[1.0, 2.0], scale=[3.0, 4.0]) for entry in found]
    assert score_files(*put(tmp_path, truth, extra), type=type) is not None
    if type == "keypoints":
        for results, message in faults(found):
            assert score_files(*put(tmp_path, truth, results), type=type) is None, message
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "type, truth, found",
    [
        ("bbox", "instances_val2014_100.json", "instances_val2014_fakebbox100_results.json"),
        ("keypoints", "person_keypoints_val2014_100.json", "person_keypoints_val2014_fakekeypoints100_results.json"),
    ],
)
def test_published_values_of_the_coco_api(real_data, engine, type, truth, found):
    folder = real_data / "metric_parity"
    published = json.loads((folder / "expected_metrics.json").read_text())["{} + {} ({})".format(truth, found, type)]
    result = score(folder / truth, folder / found, type, engine=engine)
    if "published_full" in published:
        assert close(list(result.stats.values()), published["published_full"])
    text = (folder / "val2014_fake_eval_res.txt").read_text()
    printed = [line for line in text.split("type={}".format(type))[1].split("type=")[0].splitlines() if " = " in line]
    assert [line.split(" = ")[1].strip() for line in printed] == [
        line.split(" = ")[1] for line in str(result).splitlines()
    ]
    matches = compute_matches(folder / truth, folder / found, type)
    assert close(list(ap_from_matches(matches).values()), list(result.stats.values()))


def test_hotcoco_runs_where_the_interpreter_allows():
    assert len(ENGINES) == 2 or sys.version_info < (3, 10) or pytest.skip("hotcoco is not installed")
