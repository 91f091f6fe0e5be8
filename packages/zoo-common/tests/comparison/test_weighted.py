"""The fast weighting against the plain one."""

import json

import numpy as np
import pytest
from simulated_detectors import two_detectors

from random_coco import random_coco
from zoo_common.comparison.weighted import Weighting
from zoo_common.metrics import ap_from_matches, compute_matches


def weightings(images, seed):
    rng = np.random.RandomState(seed)
    resamples = [np.bincount(rng.randint(0, images, images), minlength=images) for _ in range(6)]
    few = [(rng.rand(images) < 0.1) * 3, np.zeros(images, int)]
    return np.stack([np.ones(images, int)] + resamples + few)


@pytest.mark.parametrize("type", ["bbox", "keypoints"])
@pytest.mark.parametrize("seed", range(6))
def test_it_agrees_with_the_plain_procedure(tmp_path, seed, type):
    truth, found = random_coco(seed, type=type, images=(20, 4)[seed % 2], detections=(8, 60)[seed % 2])
    (tmp_path / "truth.json").write_text(json.dumps(truth))
    matches = compute_matches(tmp_path / "truth.json", found, type)
    weights = weightings(len(matches.image_ids), seed)
    ap, ar = Weighting(matches).statistics(weights)
    for number, weight in enumerate(weights):
        plain = ap_from_matches(matches, weight)
        for fast, slow in ((ap[number], plain["AP"]), (ar[number], plain["AR" if type == "keypoints" else "AR100"])):
            assert np.isnan(fast) if slow is None else fast == pytest.approx(slow, abs=1e-12)


def test_blocks_of_weightings_do_not_show(monkeypatch):
    matches = two_detectors(60, 1)[0]
    weights = weightings(60, 3)
    whole = Weighting(matches).statistics(weights)
    monkeypatch.setattr("zoo_common.comparison.weighted._BLOCK", 300)
    np.testing.assert_array_equal(whole, Weighting(matches).statistics(weights))


def test_two_runs_together_weigh_as_each_alone():
    """Where every image comes from one run the union is that run."""
    runs = two_detectors(80, 5)
    union, one = Weighting(*runs), np.ones((1, 80), int)
    for number, run in enumerate(runs):
        chosen = np.hstack([one * (number == 0), one * (number == 1)])
        assert np.allclose(union.statistics(chosen, one), Weighting(run).statistics(one), atol=1e-12)
