"""Which peaks belong together: every pair of a limb is scored along the field, then matched greedily."""

from typing import List, NamedTuple, Tuple

import numpy as np

from zoo_common.paf.fields import FieldSampler
from zoo_common.paf.peaks import Peaks
from zoo_common.paf.skeleton import LIMBS

SAMPLES = 10
"""Points along a limb, both ends included."""
POINT_THRESHOLD = 0.05
POINTS_NEEDED = 9
"""A limb is accepted when this many points score above the threshold, and its own score is above 0."""

_PROBES = (2, 4, 6, 8)
_WORTH_PROBING = 64
"""Where there are more pairs, four points of each decide which are worth all ten: most cross the background."""
_CHUNK = 4096
"""Pairs scored at once: some 20 MB."""
_ENDS = np.array([limb[:2] for limb in LIMBS]).T

Connection = Tuple[int, int, float]
"""Start peak, end peak (ids) and score."""


class Candidates(NamedTuple):
    """Accepted pairs: limb, ids of start and end peak (int64 [n] each), score float64 [n]; by limb, start, end."""

    limb: np.ndarray
    start: np.ndarray
    end: np.ndarray
    score: np.ndarray


def connect(peaks: Peaks, sampler: FieldSampler, image_height: int) -> List[List[Connection]]:
    """Return the connections of every limb, best first (Cao et al., 2017, section 2.3)."""
    counts = np.diff(peaks.start)
    total = int((counts[_ENDS[0]] * counts[_ENDS[1]]).sum())
    if not total:
        return [[] for _ in LIMBS]
    chunks = (pairs_of(peaks, first, first + _CHUNK) for first in range(0, total, _CHUNK))
    parts = [_scored(peaks, sampler, image_height, pairs) for pairs in chunks]
    candidates = Candidates(*(np.concatenate(column) for column in zip(*parts)))
    edges = np.searchsorted(candidates.limb, np.arange(len(LIMBS) + 1))
    return [match(*(column[a:b] for column in candidates[1:])) for a, b in zip(edges[:-1], edges[1:])]


def pairs_of(peaks: Peaks, first: int, last: int) -> np.ndarray:
    """Return int64 [3, n]: limb, start id and end id of the pairs numbered ``first`` to ``last - 1``.

    Pairs are numbered by limb, then by start, then by end; the list ends where they do.
    """
    counts = np.diff(peaks.start)
    ends = counts[_ENDS[1]]
    after = np.cumsum(counts[_ENDS[0]] * ends)
    number = np.arange(first, min(last, after[-1]))
    limb = np.searchsorted(after, number, side="right")
    number = number - (after - counts[_ENDS[0]] * ends)[limb]
    start = peaks.start[_ENDS[0]][limb] + number // ends[limb]
    return np.stack([limb, start, peaks.start[_ENDS[1]][limb] + number % ends[limb]])


def _scored(peaks: Peaks, sampler: FieldSampler, image_height: int, pairs: np.ndarray) -> Candidates:
    limb, start, end = pairs
    begin = peaks.xy[start]
    vector = (peaks.xy[end] - begin).astype(np.float64)
    length = np.sqrt(vector[:, 0] * vector[:, 0] + vector[:, 1] * vector[:, 1])
    length[length == 0] = 1
    unit = (vector / length[:, None]).astype(np.float32)
    steps = vector / (SAMPLES - 1)

    def along(rows: np.ndarray, numbers: Tuple[int, ...]) -> np.ndarray:
        position = np.asarray(numbers, np.float64)[:, None] * steps[rows, None] + begin[rows, None]
        if numbers[-1] == SAMPLES - 1:
            position[:, -1] = peaks.xy[end[rows]]
        at = position.astype(np.int64)
        field = sampler(limb[rows], at[..., 0], at[..., 1])
        return field[..., 0] * unit[rows, :1] + field[..., 1] * unit[rows, 1:]

    rows = np.arange(len(limb))
    if len(rows) > _WORTH_PROBING:
        passed = (along(rows, _PROBES) > np.float32(POINT_THRESHOLD)).sum(axis=1)
        rows = rows[passed >= len(_PROBES) - (SAMPLES - POINTS_NEEDED)]
    points = along(rows, tuple(range(SAMPLES)))
    prior = np.minimum(0.5 * image_height / length[rows] - 1, 0)
    score = points.mean(axis=1, dtype=np.float32).astype(np.float64) + prior
    good = ((points > np.float32(POINT_THRESHOLD)).sum(axis=1) >= POINTS_NEEDED) & (score > 0)
    rows = rows[good]
    return Candidates(limb[rows], start[rows], end[rows], score[good])


def match(start: np.ndarray, end: np.ndarray, score: np.ndarray) -> List[Connection]:
    """Take the best pair whose ends are both free, again and again; equal scores in the order given."""
    taken, connections = set(), []
    order = np.argsort(-score, kind="stable")
    for a, b, s in zip(start[order].tolist(), end[order].tolist(), score[order].tolist()):
        if a not in taken and b not in taken:
            taken.update((a, b))
            connections.append((a, b, s))
    return connections
