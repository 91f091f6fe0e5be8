"""What is written beside the pictures is true of them, and COCO's own tools agree."""

import json
from collections import Counter

import cv2
import numpy as np
import pytest
from pycocotools import mask as tool
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from zoo_common.synthetic import generate
from zoo_common.synthetic.annotations import instance_categories, run_lengths
from zoo_common.synthetic.scene import render

COUNT = 50


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("synthetic") / "data"
    generate(out, train=0, val=COUNT, seed=7, progress=False)
    return out


def document(folder, kind):
    return json.loads((folder / "annotations" / (kind + "_val2017.json")).read_text())


@pytest.mark.parametrize(
    "kind,what",
    [("person_keypoints", "keypoints"), ("person_keypoints", "bbox"), ("instances", "bbox"), ("instances", "segm")],
)
def test_truth_as_detections_is_perfect(folder, kind, what):
    truth = COCO(str(folder / "annotations" / (kind + "_val2017.json")))
    sure = [a for a in truth.dataset["annotations"] if not a["iscrowd"] and (what != "keypoints" or a["num_keypoints"])]
    results = truth.loadRes([dict({k: v for k, v in a.items() if k != "iscrowd"}, score=0.9) for a in sure])
    evaluation = COCOeval(truth, results, what)
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    assert evaluation.stats[0] == pytest.approx(1.0)


def test_categories(folder):
    assert len(instance_categories()) == 80
    person = document(folder, "person_keypoints")["categories"]
    assert [c["name"] for c in person] == ["person"]
    assert person[0]["keypoints"][5] == "left_shoulder"
    assert len(person[0]["skeleton"]) == 19
    assert [16, 14] in person[0]["skeleton"]
    used = Counter(a["category_id"] for a in document(folder, "instances")["annotations"])
    assert len(used) >= 10
    assert set(used) <= {c["id"] for c in instance_categories()}


def test_boxes_areas_and_flags(folder):
    sizes = {image["id"]: (image["width"], image["height"]) for image in document(folder, "person_keypoints")["images"]}
    seen = set()
    for entry in document(folder, "person_keypoints")["annotations"]:
        width, height = sizes[entry["image_id"]]
        x, y, w, h = entry["bbox"]
        assert x >= 0 and y >= 0 and x + w <= width and y + h <= height
        assert 0 < entry["area"] <= w * h
        points = np.array(entry["keypoints"]).reshape(17, 3)
        labelled = points[:, 2] > 0
        assert entry["num_keypoints"] == labelled.sum()
        assert (points[~labelled] == 0).all()
        assert (points[labelled, :2] >= 0).all() and (points[labelled, :2] <= (width - 1, height - 1)).all()
        seen.update(points[:, 2].astype(int).tolist())
        if entry["iscrowd"]:
            assert entry["num_keypoints"] == 0
            assert sum(entry["segmentation"]["counts"]) == width * height
    assert seen == {0, 1, 2}


def test_ids_are_unique_and_shared(folder):
    everything = document(folder, "instances")["annotations"]
    ids = [a["id"] for a in everything]
    assert len(set(ids)) == len(ids)
    people = {a["id"] for a in document(folder, "person_keypoints")["annotations"]}
    assert people == {a["id"] for a in everything if a["category_id"] == 1}


def test_pictures_are_as_described(folder):
    for image in document(folder, "instances")["images"][:20]:
        pixels = cv2.imread(str(folder / "images" / "val2017" / image["file_name"]))
        assert pixels.shape == (image["height"], image["width"], 3)
        assert pixels.std() > 10


def test_the_population_can_be_learned_from(folder):
    people = [a for a in document(folder, "person_keypoints")["annotations"] if a["num_keypoints"]]
    flags = np.array([a["keypoints"][2::3] for a in people])
    heights = np.array([a["bbox"][3] for a in people])
    assert len(people) > 1.5 * COUNT
    assert (flags == 2).mean() > 0.6
    assert 0.01 < (flags == 1).mean() < 0.25
    assert (heights < 64).mean() < 0.25
    assert heights.max() > 250


def test_visible_points_lie_on_their_person():
    checked = 0
    for index in range(12):
        for one in render(11, 0, index).instances:
            if one.keypoints is None:
                assert one.category != 1
                continue
            reach = cv2.dilate(one.mask, np.ones((5, 5), np.uint8))
            for x, y, flag in one.keypoints:
                if flag == 2:
                    assert reach[round(y), round(x)]
                    checked += 1
    assert checked > 100


def test_crowds_and_the_unlabelled_exist(folder):
    people = document(folder, "person_keypoints")["annotations"]
    assert any(a["iscrowd"] for a in people)
    assert any(not a["iscrowd"] and not a["num_keypoints"] for a in people)


def test_run_lengths_match_pycocotools():
    rng = np.random.default_rng(0)
    for mask in (rng.random((7, 9)) > 0.5, np.zeros((3, 4)), np.ones((3, 4)), np.eye(5)):
        plain = mask.astype(np.uint8)
        packed = tool.frPyObjects(run_lengths(plain), *plain.shape)
        assert (tool.decode(packed) == plain).all()
