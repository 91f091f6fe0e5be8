import contextlib
import io
import json

import numpy as np
import pytest
from pycocotools.cocoeval import COCOeval

from random_coco import random_coco
from zoo_common.errors import ZooError
from zoo_common.metrics import ap_from_matches, compute_matches, load_matches
from zoo_common.metrics.engines import detection_content, ground_truth_content
from zoo_common.metrics.inputs import prepare


def coco_of(content):
    from pycocotools.coco import COCO

    coco = COCO()
    coco.dataset = content
    coco.createIndex()
    return coco


def put(folder, truth):
    file = folder / "truth.json"
    file.write_text(json.dumps(truth))
    return file


@pytest.mark.parametrize("type", ["bbox", "keypoints"])
@pytest.mark.parametrize("seed", range(6))
def test_every_match_is_cocoevals(tmp_path, seed, type):
    truth, found = random_coco(100 + seed, type=type, detections=(8, 80)[seed % 2], images=(15, 3)[seed % 2])
    file = put(tmp_path, truth)
    inputs = prepare(file, found, type)
    with contextlib.redirect_stdout(io.StringIO()):
        sides = coco_of(ground_truth_content(inputs)), coco_of(detection_content(inputs))
        evaluation = COCOeval(sides[0], sides[1], type)
        evaluation.evaluate()
    ours = compute_matches(file, found, type)
    number = {entry["id"]: place for place, entry in enumerate(inputs.annotations, 1)}
    gt_number = np.array([number[i] for i in ours.gt_id], np.int64)
    entries = iter(evaluation.evalImgs)
    seen = 0
    for category in range(len(ours.category_ids)):
        for area in range(len(ours.gt_ignored)):
            for image in range(len(ours.image_ids)):
                theirs = next(entries)
                dt = np.flatnonzero((ours.dt_image == image) & (ours.dt_category == category))
                gt = np.flatnonzero((ours.gt_image == image) & (ours.gt_category == category))
                if theirs is None:
                    assert len(dt) == len(gt) == 0
                    continue
                assert list(ours.dt_index[dt] + 1) == theirs["dtIds"]
                assert list(ours.dt_score[dt]) == theirs["dtScores"]
                taken = ours.dt_match[area][:, dt]
                assert np.array_equal(np.where(taken >= 0, np.append(gt_number, 0)[taken], 0), theirs["dtMatches"])
                assert np.array_equal(ours.dt_ignored[area][:, dt], theirs["dtIgnore"])
                order = np.argsort(ours.gt_ignored[area][gt], kind="stable")
                assert list(gt_number[gt][order]) == theirs["gtIds"]
                assert np.array_equal(ours.gt_ignored[area][gt][order], theirs["gtIgnore"])
                by = ours.gt_match[area][:, gt[order]]
                assert np.array_equal(np.where(by >= 0, np.append(ours.dt_index, 0)[by] + 1, 0), theirs["gtMatches"])
                pairs = evaluation.ious[image + 1, category + 1]
                best = np.max(pairs, axis=0) if len(pairs) else np.full(len(gt), np.nan)
                assert np.array_equal(ours.gt_best[gt], best) or np.allclose(
                    ours.gt_best[gt], best, 0, 0, equal_nan=True
                )
                seen += len(dt)
    assert seen == len(ours.dt_score) * len(ours.gt_ignored) > 100


@pytest.mark.parametrize("type", ["bbox", "keypoints"])
def test_weights_count_images_as_often_as_they_say(tmp_path, type):
    truth, found = random_coco(11, type=type)
    for place, entry in enumerate(found):
        entry["score"] = (place * 7919 % 10007) / 10007  # no ties: a copied image's detections stay side by side
    weights = np.random.RandomState(0).multinomial(30, [1 / 30] * 30)
    matches = compute_matches(put(tmp_path, truth), found, type)
    weighted = ap_from_matches(matches, weights)
    copies = {"categories": truth["categories"], "images": [], "annotations": []}
    copied = []
    by_id = {image["id"]: image for image in truth["images"]}
    for image_id, weight in zip(matches.image_ids.tolist(), weights):
        for copy in range(weight):
            new = image_id * 1000 + copy
            copies["images"].append(dict(by_id[image_id], id=new))
            for entry in truth["annotations"]:
                if entry["image_id"] == image_id:
                    copies["annotations"].append(dict(entry, image_id=new, id=len(copies["annotations"]) + 1))
            copied += [dict(entry, image_id=new) for entry in found if entry["image_id"] == image_id]
    plain = ap_from_matches(compute_matches(put(tmp_path, copies), copied, type))
    # A copied image adds several equal scores: precision is then sampled in between as well.
    assert list(weighted.values()) == pytest.approx(list(plain.values()), abs=0.02)
    recalls = [name for name in weighted if name.startswith("AR")]
    assert [weighted[n] for n in recalls] == pytest.approx([plain[n] for n in recalls], abs=1e-12)
    ones = ap_from_matches(matches, np.ones(30))
    assert list(ones.values()) == pytest.approx(list(ap_from_matches(matches).values()), abs=1e-14)
    with pytest.raises(ZooError, match="weights must be 30 finite numbers"):
        ap_from_matches(matches, np.ones(29))
    nothing = ap_from_matches(matches, np.zeros(30))
    assert set(nothing.values()) == {None}


def test_saved_bytes_and_back(tmp_path):
    truth, found = random_coco(12)
    matches = compute_matches(put(tmp_path, truth), found, "bbox")
    for name in ("a.npz", "b.npz"):
        matches.save(tmp_path / name)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    read = load_matches(tmp_path / "a.npz")
    for name, value in vars(matches).items():
        assert np.array_equal(np.nan_to_num(value, nan=-5), np.nan_to_num(getattr(read, name), nan=-5)) \
            if name == "gt_best" else np.array_equal(value, getattr(read, name))  # fmt: skip
        assert getattr(getattr(read, name), "dtype", None) == getattr(value, "dtype", None)
    assert ap_from_matches(read) == ap_from_matches(matches)


@pytest.mark.parametrize("data", [b"", b"PK", b"not a zip", None])
def test_files_that_hold_no_matches(tmp_path, data):
    file = tmp_path / "m.npz"
    if data is not None:
        file.write_bytes(data)
    with pytest.raises(ZooError, match=r"m\.npz"):
        load_matches(file)
    np.savez(str(file), other=np.zeros(3))
    with pytest.raises(ZooError, match="not a file of matches"):
        load_matches(file)


def test_a_crowd_absorbs_many_and_the_later_of_equals_is_taken(tmp_path):
    def entry(number, box, crowd=0):
        return {"id": number, "image_id": 1, "category_id": 1, "bbox": box, "area": 100.0, "iscrowd": crowd}

    truth = {
        "images": [{"id": 1, "file_name": "a", "width": 9, "height": 9}],
        "categories": [{"id": 1, "name": "a"}],
        "annotations": [entry(1, [0, 0, 10, 10]), entry(2, [0, 0, 10, 10]), entry(3, [50, 50, 40, 40], crowd=1)],
    }
    boxes = [[0, 0, 10, 10]] * 3 + [[55, 55, 5, 5]] * 2
    found = [{"image_id": 1, "category_id": 1, "bbox": b, "score": 0.5} for b in boxes]
    ours = compute_matches(put(tmp_path, truth), found, "bbox")
    assert ours.gt_id[ours.dt_match[0, 0]].tolist() == [2, 1, 3, 3, 3]  # the third 3 is index -1: not matched
    assert ours.dt_match[0, 0].tolist() == [1, 0, -1, 2, 2]
    assert ours.dt_ignored[0, 0].tolist() == [False, False, False, True, True]
    assert ours.gt_match[0, 0].tolist() == [1, 0, 4]
    assert ours.gt_best.tolist() == [1, 1, 1]
