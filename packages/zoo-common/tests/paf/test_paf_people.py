"""Assembly of people: the quick one against the table of the published program, and its corner cases."""

import numpy as np
import pytest

from zoo_common.keypoints import NAMES
from zoo_common.paf import JOINTS, LIMBS, TO_COCO
from zoo_common.paf.peaks import Peaks
from zoo_common.paf.people import Row, assemble, prune, to_person
from zoo_common.paf.plain import assemble_table

EACH = 3


def none():
    return [[] for _ in LIMBS]


def connections(rng):
    """Each joint has 3 peaks; each limb takes some, with an end twice at times, which matching would not do."""
    listed = []
    for start, end, _ in LIMBS:
        ends = rng.permutation(EACH) if rng.rand() < 0.7 else rng.randint(0, EACH, EACH)
        pairs = zip(rng.permutation(EACH), ends, rng.uniform(0.1, 1, EACH))
        chosen = list(pairs)[: rng.randint(0, EACH + 1)]
        listed.append([(start * EACH + int(a), end * EACH + int(b), float(s)) for a, b, s in chosen])
    return listed


@pytest.mark.parametrize("seed", range(150))
def test_same_people_as_the_table(seed):
    rng = np.random.RandomState(seed)
    listed, score = connections(rng), rng.uniform(0.1, 1, EACH * len(JOINTS))
    table = assemble_table(listed, [(0, 0, s, i) for i, s in enumerate(score)])
    rows = assemble(listed, score.tolist())
    assert [row.ids for row in rows] == table[:, :18].astype(int).tolist()
    assert [row.count for row in rows] == table[:, -1].tolist()
    np.testing.assert_allclose([row.score for row in rows], table[:, -2], rtol=1e-12)


def test_a_connection_found_in_three_people_touches_the_first_two():
    """Matching gives each peak to one connection of a limb; assembly itself does not rely on it."""
    listed = none()
    listed[0] = [(3, 6, 0.5), (4, 7, 0.5), (5, 8, 0.5)]
    listed[17] = [(7, 48, 0.5), (6, 48, 0.5), (8, 48, 0.5)]
    rows = assemble(listed, [0.5] * 54)
    assert [(row.ids[16], row.count, row.score) for row in rows] == [(48, 4, 3.5), (48, 3, 2.5), (-1, 2, 1.5)]


def test_the_shoulder_to_ear_limbs_found_nobody():
    listed = none()
    listed[17], listed[18] = [(6, 48, 1.0)], [(15, 51, 1.0)]
    assert assemble(listed, [0.5] * 54) == []


def test_small_and_weak_people_are_dropped():
    ids = [0] * 18
    rows = [Row(ids, 3.5, 4), Row(ids, 3.5, 3), Row(ids, 1.6, 4), Row(ids, 1.59, 4)]
    assert prune(rows) == [rows[0], rows[2]]


def test_joints_become_cocos():
    names = {coco: JOINTS[joint] for joint, coco in enumerate(TO_COCO) if coco >= 0}
    assert [names[index] for index in range(17)] == list(NAMES)


def test_a_person_of_four_joints():
    """Peaks of 0.5 and three limbs of 0.5; the neck counts for pruning but not in the score."""
    listed = none()
    listed[0], listed[2], listed[3] = [(1, 2, 0.5)], [(2, 3, 0.5)], [(3, 4, 0.5)]
    (row,) = prune(assemble(listed, [0.5] * 18))
    assert (row.score, row.count) == (3.5, 4)
    peaks = Peaks(np.arange(36).reshape(18, 2), np.full(18, 0.5, np.float32), np.arange(19), 0)
    person = to_person(row, peaks)
    assert person.score == 3.5 / 3
    assert person.keypoints[6].tolist() == [3.5, 4.5, 1] and person.keypoints[10].tolist() == [7.5, 8.5, 1]
    assert np.flatnonzero(person.keypoints[:, 2]).tolist() == [6, 8, 10]
    assert not person.keypoints[person.keypoints[:, 2] == 0].any()
