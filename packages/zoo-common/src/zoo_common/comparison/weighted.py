"""AP and AR of many weightings of the same images at once: the engine of bootstrap and permutation.

`zoo_common.metrics.ap_from_matches` with weights is the plain procedure, one weighting at a time; this one agrees with
it to rounding and is some fifty times faster. Whole numbers as weights let it decide in integers where a recall is
reached, precision is looked at only where a hit is (elsewhere it is lower), and the highest precision of each stretch
between two of COCO's 101 recalls is one `maximum.reduceat`.
"""

from typing import List, NamedTuple, Optional, Tuple

import numpy as np

from zoo_common.metrics.matches import Matches
from zoo_common.metrics.protocol import RECALLS, THRESHOLDS

_EPSILON = np.spacing(1)
_BLOCK = 1 << 19
"""Detections times weightings that are looked at together: what fits a core's cache."""


class _Category(NamedTuple):
    """Detections of one category by falling score, and its annotations.

    ``columns`` [D] are weight columns; ``hits`` the places of the hits, an array for each threshold; ``counted`` for
    each threshold what is no ignored detection, bool [D], or None where that is as for the threshold before; ``truth``
    [G] are the images of the annotations to be found.
    """

    columns: np.ndarray
    hits: List[np.ndarray]
    counted: List[Optional[np.ndarray]]
    truth: np.ndarray


class Weighting:
    """The detections of one run, or of several whose images weigh differently, ready to be weighted.

    Args:
        runs: matches of the same images and annotations. Image *i* of run *r* weighs as column *r* * I + *i*.
    """

    def __init__(self, *runs: Matches) -> None:
        self.images = len(runs[0].image_ids)
        self._categories: List[_Category] = []
        for category in range(len(runs[0].category_ids)):
            parts = [_part(run, category, number * self.images) for number, run in enumerate(runs)]
            columns, scores, hit, counted = (np.concatenate(each, axis=-1) for each in zip(*parts))
            # As COCOeval: by score, equal ones by image.
            order = np.lexsort((columns % self.images, -scores))
            truth = runs[0].gt_image[(runs[0].gt_category == category) & ~runs[0].gt_ignored[0]]
            counted = counted[:, order]
            same = [False] + [np.array_equal(a, b) for a, b in zip(counted[1:], counted)]
            masks = [None if like else mask for like, mask in zip(same, counted)]
            hits = [np.flatnonzero(each) for each in hit[:, order]]
            self._categories.append(_Category(columns[order], hits, masks, truth))

    def statistics(self, weights: np.ndarray, truth: Optional[np.ndarray] = None) -> Tuple[np.ndarray, np.ndarray]:
        """Return AP and AR over all sizes for each weighting, both float64 [B]; NaN where undefined.

        Args:
            weights: whole numbers [B, R * I], how often each image's detections count.
            truth: whole numbers [B, I], how often its annotations count; ``weights`` unless given.
        """
        weights = np.ascontiguousarray(weights, np.int32)
        truth = weights if truth is None else np.ascontiguousarray(truth, np.int32)
        sums = np.zeros((2, len(weights)))
        present = np.zeros(len(weights))
        for category in self._categories:
            totals = truth[:, category.truth].sum(axis=1)
            rows = np.flatnonzero(totals)
            present[rows] += 1
            size = max(1, _BLOCK // max(1, len(category.columns)))
            for start in range(0, len(rows), size):
                block = rows[start : start + size]
                picked = np.take(weights[block], category.columns, axis=1)
                sums[:, block] += _category_statistics(category, picked, totals[block])
        with np.errstate(invalid="ignore"):
            return sums[0] / present, sums[1] / present


def _part(run: Matches, category: int, offset: int) -> Tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    chosen = np.flatnonzero(run.dt_category == category)
    counted = ~run.dt_ignored[0][:, chosen]
    return run.dt_image[chosen] + offset, run.dt_score[chosen], (run.dt_match[0][:, chosen] >= 0) & counted, counted


def _category_statistics(category: _Category, weights: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """Return AP and AR [2, B] of one category; ``weights`` int32 [B, D] in its order, ``totals`` [B], none 0."""
    needed = _needed(totals)
    result = np.zeros((2, len(totals)))
    seen = weights
    for places, counted in zip(category.hits, category.counted):
        if counted is not None:
            seen = np.cumsum(weights * counted, axis=1, dtype=np.int32)
        if not len(places):
            continue
        found = np.cumsum(np.take(weights, places, axis=1), axis=1, dtype=np.int32)
        result[0] += _sampled_precision(found, np.take(seen, places, axis=1), needed)
        result[1] += found[:, -1] / totals
    return result / len(THRESHOLDS)


def _needed(totals: np.ndarray) -> np.ndarray:
    """Return the hits int64 [B, 101] from which each recall is reached, decided as ``hits / total >= recall``."""
    hits = np.ceil(RECALLS * totals[:, None]).astype(np.int64)
    hits -= (hits - 1) / totals[:, None] >= RECALLS
    hits += hits / totals[:, None] < RECALLS
    return np.maximum(hits, 0)


def _sampled_precision(found: np.ndarray, seen: np.ndarray, needed: np.ndarray) -> np.ndarray:
    """Return the mean over recalls of the highest precision from there on, [B]; ``found`` and ``seen`` int32 [B, N]."""
    rows, hits = found.shape
    step = max(int(found[:, -1].max()), int(needed.max())) + 1
    offsets = np.arange(rows, dtype=np.int64)[:, None]
    flat = (found + offsets * step).ravel()
    places = np.searchsorted(flat, (needed + offsets * step).ravel(), side="left").reshape(rows, -1)
    precision = np.zeros((rows, hits + 1))
    np.divide(found, seen + _EPSILON, out=precision[:, :hits])
    starts = places + offsets  # each row is one longer: its last place is reached by no hit
    highest = np.maximum.reduceat(precision.ravel(), starts.ravel()).reshape(rows, -1)
    return np.maximum.accumulate(highest[:, ::-1], axis=1).mean(axis=1)
