"""From connections to people: limbs that share a joint grow together (the published greedy assembly)."""

from typing import Dict, List, NamedTuple, Sequence, Set

import numpy as np

from zoo_common.paf.limbs import Connection
from zoo_common.paf.peaks import Peaks
from zoo_common.paf.skeleton import FIRST_EAR_TO_SHOULDER, JOINTS, LIMBS, NECK, TO_COCO

MIN_JOINTS = 4
MIN_MEAN_SCORE = 0.4
"""People with fewer joints, or a lower score a joint, are dropped."""

ABSENT = -1


class Person(NamedTuple):
    """One person.

    Attributes:
        keypoints: float64 [17, 3] in COCO's order: x, y (image pixels, minus 0.5) and 1; three zeros if absent.
        score: the sum of its peaks and limbs over the number of its joints, the neck not counted.
    """

    keypoints: np.ndarray
    score: float


class Row:
    """A person in the making: peak ids by joint, summed score, and a count that overwriting a joint lets grow too."""

    __slots__ = ("count", "ids", "score")

    def __init__(self, ids: List[int], score: float, count: int) -> None:
        self.ids, self.score, self.count = ids, score, count


def assemble(connections: Sequence[Sequence[Connection]], peak_score: Sequence[float]) -> List[Row]:
    """Join connections, limb by limb and best first, to people.

    A connection found in three people or more touches the first two; the published program ends there.

    Args:
        connections: of every limb, from `connect`.
        peak_score: by peak id.
    """
    rows: Dict[int, Row] = {}
    owners: Dict[int, Set[int]] = {}
    made = 0
    for limb, (start, end, _) in enumerate(LIMBS):
        for a, b, score in connections[limb]:
            matched = sorted(owners.get(a, set()) | owners.get(b, set()))[:2]
            if len(matched) == 2 and _disjoint(rows[matched[0]], rows[matched[1]]):
                _merge(rows, owners, matched[0], matched[1], score)
            elif matched:
                row = rows[matched[0]]
                if len(matched) == 2 or row.ids[end] != b:
                    _put(row, owners, matched[0], end, b)
                    row.count += 1
                    row.score += peak_score[b] + score
            elif limb < FIRST_EAR_TO_SHOULDER:
                rows[made] = Row([ABSENT] * len(JOINTS), peak_score[a] + peak_score[b] + score, 2)
                _put(rows[made], owners, made, start, a)
                _put(rows[made], owners, made, end, b)
                made += 1
    return [rows[number] for number in sorted(rows)]


def _disjoint(one: Row, other: Row) -> bool:
    return not any(ABSENT not in (a, b) for a, b in zip(one.ids, other.ids))


def _put(row: Row, owners: Dict[int, Set[int]], number: int, joint: int, peak: int) -> None:
    if row.ids[joint] != ABSENT:
        owners[row.ids[joint]].discard(number)
    row.ids[joint] = peak
    owners.setdefault(peak, set()).add(number)


def _merge(rows: Dict[int, Row], owners: Dict[int, Set[int]], kept: int, gone: int, score: float) -> None:
    row, other = rows[kept], rows.pop(gone)
    for joint, peak in enumerate(other.ids):
        if peak != ABSENT:
            owners[peak].discard(gone)
            _put(row, owners, kept, joint, peak)
    row.count += other.count
    row.score += other.score
    row.score += score


def prune(rows: Sequence[Row]) -> List[Row]:
    """Keep people with joints and score enough."""
    return [row for row in rows if row.count >= MIN_JOINTS and row.score / row.count >= MIN_MEAN_SCORE]


def to_person(row: Row, peaks: Peaks) -> Person:
    """Return a row as COCO's 17 joints."""
    keypoints = np.zeros((17, 3))
    present = [joint for joint, peak in enumerate(row.ids) if peak != ABSENT and joint != NECK]
    ids = [row.ids[joint] for joint in present]
    keypoints[TO_COCO[present], :2] = peaks.xy[ids] - 0.5
    keypoints[TO_COCO[present], 2] = 1
    return Person(keypoints, row.score / len(present))
