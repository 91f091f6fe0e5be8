"""COCOeval's greedy matching, for all images, area ranges and thresholds at once.

COCOeval takes an image's detections by falling score; each takes, among the annotations still free, the
most similar one above the threshold, the later of equals, an ignored one only if no other will do. Images
don't touch each other, so the r-th detections of all images can be matched in one step.
"""

from typing import NamedTuple, Tuple

import numpy as np

from zoo_common.metrics.protocol import THRESHOLDS


class Matched(NamedTuple):
    """Index of the partner or -1, int32: of detections [A, T, D], of annotations [A, T, G] (of a crowd, the last)."""

    detections: np.ndarray
    annotations: np.ndarray


def candidate_pairs(detection_keys: np.ndarray, annotation_keys: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Return every (detection, annotation) of the same key.

    Args:
        detection_keys: integers [D].
        annotation_keys: integers [G], ascending.

    Returns:
        Two int64 arrays [P], by ascending detection, then annotation.
    """
    first = np.searchsorted(annotation_keys, detection_keys, side="left")
    counts = np.searchsorted(annotation_keys, detection_keys, side="right") - first
    rows = np.repeat(np.arange(len(detection_keys)), counts)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    return rows, np.repeat(first, counts) + within


def match(
    keys: np.ndarray,
    pairs: Tuple[np.ndarray, np.ndarray],
    similarity: np.ndarray,
    ignored: np.ndarray,
    crowd: np.ndarray,
) -> Matched:
    """Match detections to annotations.

    Args:
        keys: integers [D], the group (image and category) of each detection, ascending; within a group the
            detections come in the order in which they choose.
        pairs: from `candidate_pairs`.
        similarity: float64 [P].
        ignored: bool [A, G], for each area range.
        crowd: bool [G]; a crowd can be taken again and again.
    """
    ranges, annotations = ignored.shape
    shape = (ranges, len(THRESHOLDS))
    by_detection = np.full((len(keys),) + shape, -1, np.int32)
    by_annotation = np.full((annotations,) + shape, -1, np.int32)
    close = similarity >= THRESHOLDS[0]
    rows, columns, similarity = pairs[0][close], pairs[1][close], similarity[close]
    if len(rows):
        order = np.lexsort((columns, similarity, rows))
        rows, columns, similarity = rows[order], columns[order], similarity[order]
        preference = _place_in_run(rows) + 1
        step = _steps(keys, rows)
        # Thresholds are met from the lowest up; ``level`` counts those met. 1 - 1e-10 caps them in COCOeval.
        level = np.searchsorted(np.minimum(THRESHOLDS, 1 - 1e-10), similarity, side="right")
        preferred = preference[:, None] + ~ignored.T[columns] * (preference.max() + 1)
        order = np.argsort(step, kind="stable")
        bounds = np.searchsorted(step[order], np.arange(step.max() + 2))
        for start, stop in zip(bounds[:-1], bounds[1:]):
            now = order[start:stop]
            _step(rows[now], columns[now], level[now], preferred[now], crowd, by_detection, by_annotation)
    axes = (1, 2, 0)
    return Matched(
        np.ascontiguousarray(by_detection.transpose(axes)), np.ascontiguousarray(by_annotation.transpose(axes))
    )


def _step(
    rows: np.ndarray,
    columns: np.ndarray,
    level: np.ndarray,
    preferred: np.ndarray,
    crowd: np.ndarray,
    by_detection: np.ndarray,
    by_annotation: np.ndarray,
) -> None:
    met = np.arange(by_detection.shape[2]) < level[:, None, None]
    free = (by_annotation[columns] < 0) | crowd[columns, None, None]
    value = np.where(met & free, preferred[:, :, None], 0)
    starts = np.flatnonzero(np.diff(rows, prepend=-1))
    best = np.maximum.reduceat(value, starts, axis=0)
    counts = np.diff(np.append(starts, len(rows)))
    pair, area, threshold = np.nonzero((value > 0) & (value == np.repeat(best, counts, axis=0)))
    by_detection[rows[pair], area, threshold] = columns[pair]
    by_annotation[columns[pair], area, threshold] = rows[pair]


def _steps(keys: np.ndarray, rows: np.ndarray) -> np.ndarray:
    # Detections near no annotation take nothing: only the others queue up within their group.
    first = np.diff(rows, prepend=-1) != 0
    turn = _place_in_run(keys[rows[first]])
    return turn[np.cumsum(first) - 1]


def _place_in_run(values: np.ndarray) -> np.ndarray:
    starts = np.flatnonzero(np.diff(values, prepend=values[0] - 1)) if len(values) else np.empty(0, np.int64)
    counts = np.diff(np.append(starts, len(values)))
    return np.arange(len(values)) - np.repeat(starts, counts)
