"""Random views: half bodies by hand, the recipe's chances, and nothing drawn more than once."""

import numpy as np
import pytest

from zoo_common.crops import crop_matrix
from zoo_tf2_rle.training.config import UPPER_BODY, Augmentation, Options
from zoo_tf2_rle.training.views import half_body, random_view

SIZE = (64, 48)
CENTRE, SCALE = np.float32([100, 80]), np.float32([60, 80])
NOTHING = {"FLIP_PROB": 0, "ROT_PROB": 0, "SCALE_FACTOR": 0, "HALF_BODY_PROB": 0}


def person(upper, lower):
    """Return joints and which are labelled, given some points of the head and of the legs."""
    joints, labelled = np.full((17, 2), 999, np.float32), np.zeros(17, bool)
    for first, points in ((0, upper), (13, lower)):
        for number, point in enumerate(points, first):
            joints[number], labelled[number] = point, True
    return joints, labelled


HEAD, LEGS = [(10, 10), (20, 10), (30, 40)], [(100, 200), (140, 200), (120, 260)]


@pytest.mark.parametrize(
    ("points", "upper", "margin", "expected"),
    [
        ((HEAD, LEGS), True, 1.5, ((20, 20), (33.75, 45))),  # 30 high; as wide as the aspect asks
        ((HEAD, LEGS), False, 1.5, ((120, 220), (67.5, 90))),
        ((HEAD, LEGS), False, 1.0, ((120, 220), (45, 60))),
        ((HEAD[:2], LEGS), True, 1.5, ((120, 220), (67.5, 90))),
        ((HEAD, LEGS[:2]), False, 1.5, ((20, 20), (33.75, 45))),
        (([(0, 0), (80, 0), (40, 0)], []), True, 1.0, ((40, 0), (80, 80 / 0.75))),
        ((HEAD[:2], LEGS[:2]), True, 1.5, None),
        (([(5, 5)] * 3, LEGS), True, 1.5, None),
    ],
    ids=["upper", "lower", "margin", "lower instead", "upper instead", "flat", "too few", "no extent"],
)
def test_half_bodies_by_hand(points, upper, margin, expected):
    found = half_body(*person(*points), UPPER_BODY, upper, 0.75, margin)
    if expected is None:
        assert found is None
        return
    assert all(part.dtype == np.float32 for part in found)
    np.testing.assert_allclose(np.stack(found), expected, rtol=1e-6)


def view(seed, points=(HEAD, LEGS), **augmentation):
    random = np.random.default_rng(seed)
    options = Augmentation(**augmentation), Options()
    return random_view(CENTRE, SCALE, *person(*points), options, SIZE, random), random


def test_without_augmentation_it_is_the_evaluations():
    for seed in range(20):
        found, _ = view(seed, **NOTHING)
        np.testing.assert_array_equal(found.matrix, crop_matrix(CENTRE, SCALE, SIZE))
        assert not found.mirrored


def test_the_number_of_draws_is_constant():
    kinds = [{}, NOTHING, {"HALF_BODY_PROB": 1, "HALF_BODY_MIN_KP": 5}, {"ROT_PROB": 1, "FLIP_PROB": 1}]
    for seed in range(20):
        after = {view(seed, points, **kind)[1].random() for kind in kinds for points in ((HEAD, LEGS), (HEAD, []))}
        assert len(after) == 1


def test_chances_and_spreads_are_the_recipes():
    views = [view(seed, HALF_BODY_PROB=0)[0] for seed in range(2000)]
    matrices = np.stack([one.matrix for one in views])
    angles = np.degrees(np.arctan2(-matrices[:, 1, 0], matrices[:, 0, 0]))
    sizes = np.float64(SIZE[1] / SCALE[0]) / np.hypot(matrices[:, 0, 0], matrices[:, 1, 0])
    turned = np.abs(angles) > 1e-4
    assert np.mean(turned) == pytest.approx(0.6, abs=0.03)
    assert np.mean([one.mirrored for one in views]) == pytest.approx(0.5, abs=0.03)
    assert np.std(angles[turned]) == pytest.approx(42, abs=2)  # 45, cut off at 90
    assert np.abs(angles).max() == pytest.approx(90, abs=1e-3)
    assert (sizes.min(), sizes.max()) == pytest.approx((0.75, 1.25), abs=1e-5)
    assert np.mean((sizes > 0.7501) & (sizes < 1.2499)) == pytest.approx(0.683, abs=0.03)


def test_half_bodies_are_cut_out_of_people_with_enough_joints():
    full = (HEAD * 3, LEGS)  # nine joints above, three below
    for threshold, expected in ((12, 0), (11, 0.3)):
        options = dict(NOTHING, HALF_BODY_PROB=0.3, HALF_BODY_MIN_KP=threshold)
        matrices = [view(seed, full, **options)[0].matrix for seed in range(1000)]
        scales = np.array([SIZE[1] / matrix[0, 0] for matrix in matrices])
        assert np.mean(scales < 59) == pytest.approx(expected / 2, abs=0.03)  # the upper half is the smaller one
        assert np.mean(scales > 61) == pytest.approx(expected / 2, abs=0.03)
