import contextlib
import io
import math

import numpy as np
import pytest

from zoo_common.keypoints.coco17 import FLIP_PAIRS, NAMES, SIGMAS, SKELETON
from zoo_common.keypoints.nms import oks_nms, per_image, soft_oks_nms
from zoo_common.keypoints.oks import oks_detection_matrix, oks_ground_truth_matrix

pycocotools_coco = pytest.importorskip("pycocotools.coco")
from pycocotools.cocoeval import COCOeval, Params  # noqa: E402


def people(seed, count, clusters=3):
    rng = np.random.RandomState(seed)
    base = rng.uniform(0, 200, (clusters, 17, 2))
    xy = base[rng.randint(clusters, size=count)] + rng.normal(0, 6, (count, 17, 2))
    return np.dstack([xy, rng.randint(0, 3, (count, 17))]), rng.uniform(500, 9000, count), rng


def test_constants():
    assert np.array_equal(SIGMAS, Params("keypoints").kpt_oks_sigmas)
    for left, right in FLIP_PAIRS:
        assert NAMES[left].replace("left", "right") == NAMES[right]
    assert len(SKELETON) == 19


@pytest.mark.parametrize("seed", range(4))
def test_ground_truth_oks_is_bit_equal_to_cocoeval(seed):
    truth, areas, rng = people(seed, 9)
    truth[0, :, 2] = 0
    truth[1, 3:, 2] = 0
    found, _, _ = people(seed, 12)
    boxes = np.hstack([rng.uniform(0, 60, (9, 2)), rng.uniform(10, 90, (9, 2))])
    annotations = [
        {"id": i + 1, "image_id": 1, "category_id": 1, "bbox": list(boxes[i]), "area": areas[i], "iscrowd": 0,
         "num_keypoints": 0, "keypoints": list(truth[i].ravel())}
        for i in range(9)
    ]  # fmt: skip
    results = [
        {"image_id": 1, "category_id": 1, "score": 1.0 - i / 100, "keypoints": list(found[i].ravel())}
        for i in range(12)
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        coco = pycocotools_coco.COCO()
        coco.dataset = {"images": [{"id": 1}], "categories": [{"id": 1}], "annotations": annotations}
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(results), "keypoints")
        evaluation.evaluate()
    ours = oks_ground_truth_matrix(found, truth, boxes, areas)
    assert np.array_equal(ours, evaluation.ious[1, 1])
    assert ours.max() > 0.5 > ours.min()


def test_empty_sides():
    none = np.zeros((0, 17, 3))
    one, areas, _ = people(1, 1)
    assert oks_ground_truth_matrix(none, one, np.zeros((1, 4)), areas).shape == (0, 1)
    assert oks_ground_truth_matrix(one, none, np.zeros((0, 4)), np.zeros(0)).shape == (1, 0)
    assert len(oks_nms(none, np.zeros(0), np.zeros(0))) == 0
    assert len(soft_oks_nms(none, np.zeros(0), np.zeros(0))[0]) == 0
    assert len(per_image([], lambda group: group)) == 0


def plain_oks(a, b, area_a, area_b):
    total = 0.0
    for joint in range(17):
        squared = (a[joint][0] - b[joint][0]) ** 2 + (a[joint][1] - b[joint][1]) ** 2
        total += math.exp(-squared / (2 * SIGMAS[joint]) ** 2 / ((area_a + area_b) / 2 + 2.2e-16) / 2)
    return total / 17


def plain_nms(keypoints, scores, areas, threshold):
    left = sorted(range(len(scores)), key=lambda i: -scores[i])
    kept = []
    while left:
        best = left.pop(0)
        kept.append(best)
        left = [i for i in left if plain_oks(keypoints[best], keypoints[i], areas[best], areas[i]) <= threshold]
    return kept


def plain_soft_nms(keypoints, scores, areas, threshold, keep):
    scores = list(scores)
    left = sorted(range(len(scores)), key=lambda i: -scores[i])
    kept = []
    while left and len(kept) < keep:
        best = left.pop(0)
        kept.append(best)
        for i in left:
            scores[i] *= math.exp(-(plain_oks(keypoints[best], keypoints[i], areas[best], areas[i]) ** 2) / threshold)
        left.sort(key=lambda i: -scores[i])
    return kept, [scores[i] for i in kept]


@pytest.mark.parametrize("seed", range(8))
def test_nms_against_plain_loops(seed):
    keypoints, areas, rng = people(seed, 25)
    scores = np.round(rng.uniform(0, 1, 25), 1)  # many ties
    matrix = oks_detection_matrix(keypoints, areas)
    assert matrix[3, 7] == pytest.approx(plain_oks(keypoints[3], keypoints[7], areas[3], areas[7]), rel=1e-12)
    for threshold in (0.3, 0.6, 0.9):
        kept = oks_nms(keypoints, scores, areas, threshold)
        assert list(kept) == plain_nms(keypoints, scores, areas, threshold)
        soft, lowered = soft_oks_nms(keypoints, scores, areas, threshold, keep=20)
        expected, expected_scores = plain_soft_nms(keypoints, scores, areas, threshold, 20)
        assert list(soft) == expected
        assert lowered == pytest.approx(expected_scores, rel=1e-9)
    assert len(oks_nms(keypoints, scores, areas, 0.3)) < 25


def test_equal_scores_keep_the_earlier_and_a_threshold_hit_is_kept():
    one, areas, _ = people(5, 1)
    twice = np.concatenate([one, one, one])
    assert list(oks_nms(twice, np.ones(3), np.repeat(areas, 3), 0.9)) == [0]
    assert list(oks_nms(twice, np.ones(3), np.repeat(areas, 3), 1.0)) == [0, 1, 2]


def test_images_do_not_suppress_each_other():
    one, areas, _ = people(5, 1)
    keypoints, areas, scores = np.repeat(one, 4, 0), np.repeat(areas, 4), np.array([0.1, 0.2, 0.3, 0.4])

    def suppress(group):
        return oks_nms(keypoints[group], scores[group], areas[group])

    assert list(per_image([9, 4, 9, 4], suppress)) == [3, 2]
