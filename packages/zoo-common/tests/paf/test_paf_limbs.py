"""Scores of limbs on fields whose answer is known."""

import numpy as np
import pytest

from zoo_common.paf import JOINTS, LIMBS, fit
from zoo_common.paf.fields import FieldSampler
from zoo_common.paf.limbs import connect, match
from zoo_common.paf.operators import map_operator
from zoo_common.paf.peaks import Peaks
from zoo_common.paf.plain import connect_all, to_image

PLACE = fit(160, 200, 200)
START, END, CHANNEL = LIMBS[0]


def peaks_at(points):
    """Return Peaks of (joint, x, y)."""
    points = sorted(points, key=lambda point: point[0])
    joints = np.array([point[0] for point in points])
    xy = np.array([point[1:] for point in points], np.int64)
    start = np.searchsorted(joints, np.arange(len(JOINTS) + 1))
    return Peaks(xy, np.full(len(points), 0.5, np.float32), start, 0)


def upright(length, field=1.0, place=PLACE):
    """Return the connections of one vertical limb of ``length`` pixels on a constant downward field."""
    pafs = np.zeros((38,) + place.cells, np.float32)
    pafs[CHANNEL + 1] = field
    peaks = peaks_at([(START, 20, 0), (END, 20, length)])
    return connect(peaks, FieldSampler(pafs, map_operator(place)), place.image[0])[0]


def test_a_straight_limb_scores_one_and_a_long_one_less():
    (limb,) = upright(100)
    assert limb[:2] == (0, 1) and limb[2] == pytest.approx(1, abs=1e-6)
    assert upright(199)[0][2] == pytest.approx(1 + 100 / 199 - 1, abs=1e-6)
    assert upright(100, field=-1.0) == []
    assert upright(100, field=0.04) == []
    assert upright(0, field=1.0) == []


def test_nine_points_of_ten_suffice_eight_do_not():
    pafs = np.zeros((38,) + PLACE.cells, np.float32)
    pafs[CHANNEL + 1] = 1
    pafs[CHANNEL + 1, :2] = -1
    sampler = FieldSampler(pafs, map_operator(PLACE))
    for top, length, accepted in ((6, 90, True), (0, 90, False)):
        peaks = peaks_at([(START, 20, top), (END, 20, top + length)])
        field = np.array([-1.0 if round(top + k * length / 9) < 16 else 1.0 for k in range(10)])
        assert (np.sum(field > 0) >= 9) == accepted
        assert bool(connect(peaks, sampler, 200)[0]) == accepted


def test_matching_is_greedy_and_stable():
    start, end = np.array([0, 0, 1, 1]), np.array([5, 6, 5, 6])
    assert match(start, end, np.array([0.9, 0.8, 0.8, 0.1])) == [(0, 5, 0.9), (1, 6, 0.1)]
    assert match(start, end, np.array([0.5, 0.5, 0.5, 0.5])) == [(0, 5, 0.5), (1, 6, 0.5)]


@pytest.mark.parametrize("each", [1, 3, 12, 40])
def test_same_connections_as_the_loops(each):
    """Few pairs, many (probed first), and so many that whole fields are resized."""
    rng = np.random.RandomState(each)
    pafs = rng.uniform(-0.4, 1, (38,) + PLACE.cells).astype(np.float32)
    joints = range(18) if each < 40 else (START, END, 2, 16)
    points = [(joint, rng.randint(160), rng.randint(200)) for joint in joints for _ in range(each)]
    peaks = peaks_at(points)
    listed = [
        [(int(peaks.xy[i][0]), int(peaks.xy[i][1]), 0.5, i) for i in range(peaks.start[j], peaks.start[j + 1])]
        for j in range(18)
    ]
    expected = connect_all(listed, to_image(pafs, PLACE), 200)
    found = connect(peaks, FieldSampler(pafs, map_operator(PLACE)), 200)
    assert sum(len(part) for part in expected) > 0
    for ours, theirs in zip(found, expected):
        assert [c[:2] for c in ours] == [c[:2] for c in theirs]
        np.testing.assert_allclose([c[2] for c in ours], [c[2] for c in theirs], atol=3e-6)
