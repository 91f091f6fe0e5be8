"""The nearest detection of each annotation, and each joint's own error."""

import json

import numpy as np
import pytest

from random_coco import random_coco
from zoo_common.keypoints.oks import oks_ground_truth_matrix
from zoo_common.metrics import compute_matches, load_matches


@pytest.mark.parametrize("seed", range(4))
def test_joints_are_held_against_the_most_similar_person(tmp_path, seed):
    truth, found = random_coco(40 + seed, type="keypoints", images=12)
    (tmp_path / "truth.json").write_text(json.dumps(truth))
    matches = compute_matches(tmp_path / "truth.json", found, "keypoints")
    people = {entry["id"]: entry for entry in truth["annotations"]}
    for place, number in enumerate(matches.gt_id):
        entry = people[number]
        detections = np.flatnonzero(matches.dt_image == matches.gt_image[place])
        joints = np.reshape(entry["keypoints"], (17, 3))
        labelled = joints[:, 2] > 0
        assert np.array_equal(np.isfinite(matches.joint_oks[place]), labelled)
        if not len(detections):
            assert matches.gt_nearest[place] == -1 and np.isnan(matches.gt_best[place])
            assert (matches.joint_oks[place][labelled] == 0).all() and np.isnan(matches.joint_px[place]).all()
            continue
        poses = np.array([np.reshape(found[i]["keypoints"], (17, 3)) for i in matches.dt_index[detections]])
        oks = oks_ground_truth_matrix(poses, joints[None], np.array([entry["bbox"]]), np.array([entry["area"]]))[:, 0]
        best = int(np.argmax(oks))
        assert matches.gt_nearest[place] == detections[best] and matches.gt_best[place] == oks[best]
        distance = np.hypot(*(poses[best, :, :2] - joints[:, :2]).T)
        assert np.allclose(matches.joint_px[place][labelled], distance[labelled], rtol=1e-5)
        if labelled.any():
            assert np.nanmean(matches.joint_oks[place]) == pytest.approx(oks[best], abs=1e-6)
    matches.save(tmp_path / "matches.npz")
    again = load_matches(tmp_path / "matches.npz")
    assert np.array_equal(again.joint_px, matches.joint_px, equal_nan=True)


def test_boxes_have_no_joints(tmp_path):
    truth, found = random_coco(7, type="bbox", images=5)
    (tmp_path / "truth.json").write_text(json.dumps(truth))
    matches = compute_matches(tmp_path / "truth.json", found, "bbox")
    assert matches.joint_oks.shape == matches.joint_px.shape == (len(matches.gt_id), 0)
    assert (matches.gt_nearest >= -1).all() and (matches.gt_nearest < len(matches.dt_image)).all()
