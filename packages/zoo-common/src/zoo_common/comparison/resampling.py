"""Is a difference real? Paired bootstrap over images, and a paired permutation test.

Images are the unit: what is found within one image is not independent. Both runs are resampled alike, so what they have
in common (hard images, wrong annotations) cancels out of the difference. An image drawn three times counts three times,
its annotations too (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993); leaving the doubles out makes the
interval a quarter too narrow.
"""

from typing import Iterator, NamedTuple, Optional, Tuple

import numpy as np

from zoo_common.comparison.result import Interval
from zoo_common.comparison.weighted import Weighting
from zoo_common.errors import ZooError
from zoo_common.metrics.matches import Matches

_CHUNK, _WEIGHTS = 250, 1 << 21
"""Weightings, and weights of images, that are held at once."""
_ROUNDING = 1e-12


class Intervals(NamedTuple):
    """Of one statistic: of the reference, of the candidate, of candidate - reference, and of candidate / reference."""

    reference: Optional[Interval]
    candidate: Optional[Interval]
    difference: Optional[Interval]
    ratio: Optional[Interval]


def bootstrap(
    reference: Matches, candidate: Matches, replicates: int = 1000, confidence: float = 0.95, seed: int = 0
) -> Tuple[Intervals, Intervals]:
    """Return the intervals of AP and of AR over all sizes: percentiles of the paired bootstrap.

    Args:
        reference: matches of a run.
        candidate: of another on the same images and annotations.
        replicates: resamples.
        confidence: e.g. 0.95.
        seed: the same gives the same numbers.

    Raises:
        ZooError: the runs' images differ, ``replicates`` is below 1 or ``confidence`` not within (0, 1).
    """
    _check(reference, candidate, replicates)
    if not 0 < confidence < 1:
        raise ZooError("confidence: {} must lie between 0 and 1".format(confidence))
    sides = [Weighting(reference), Weighting(candidate)]
    parts = [
        [np.stack(side.statistics(weights)) for side in sides]
        for weights in _resamples(len(reference.image_ids), replicates, seed)
    ]
    first, second = (np.concatenate(side, axis=1) for side in zip(*parts))
    found = []
    for a, b in zip(first, second):
        with np.errstate(divide="ignore", invalid="ignore"):
            found.append(Intervals(*(_interval(values, confidence) for values in (a, b, b - a, b / a))))
    return found[0], found[1]


def permutation(reference: Matches, candidate: Matches, replicates: int = 1000, seed: int = 0) -> Tuple[float, float]:
    """Return the two-sided p-values of AP and of AR: of the hypothesis that it does not matter which run is which.

    Image by image the two runs' detections are exchanged at random. A p-value is never below 1 / (replicates + 1).

    Args:
        reference: as of `bootstrap`.
        candidate: likewise.
        replicates: random exchanges.
        seed: the same gives the same numbers.

    Raises:
        ZooError: as `bootstrap`.
    """
    _check(reference, candidate, replicates)
    random = np.random.RandomState(seed)
    union, images = Weighting(reference, candidate), len(reference.image_ids)
    one = np.ones((1, images), np.int32)
    observed = _difference(union, np.zeros_like(one))
    extreme = np.zeros(2)
    for count in _chunks(images, replicates):
        found = _difference(union, random.randint(0, 2, (count, images)))
        extreme += (np.abs(found) >= np.abs(observed) - _ROUNDING).sum(axis=1)
    ap, ar = (1 + extreme) / (1 + replicates)
    return float(ap), float(ar)


def _check(reference: Matches, candidate: Matches, replicates: int) -> None:
    if not np.array_equal(reference.image_ids, candidate.image_ids):
        raise ZooError("the two runs were not scored on the same images")
    if not len(reference.image_ids):
        raise ZooError("the two runs were scored on no image at all")
    if replicates < 1:
        raise ZooError("replicates: {} must be at least 1".format(replicates))


def _resamples(images: int, replicates: int, seed: int) -> Iterator[np.ndarray]:
    """Yield weights [B, I]: how often each image was drawn."""
    random = np.random.RandomState(seed)
    for count in _chunks(images, replicates):
        yield np.stack([np.bincount(random.randint(0, images, images), minlength=images) for _ in range(count)])


def _chunks(images: int, replicates: int) -> Iterator[int]:
    """Yield how many weightings to do at once; how they are divided changes no number."""
    size = max(1, min(_CHUNK, _WEIGHTS // images))
    for start in range(0, replicates, size):
        yield min(size, replicates - start)


def _difference(union: Weighting, swapped: np.ndarray) -> np.ndarray:
    """Return candidate - reference [2, B] of AP and AR, the images of ``swapped`` (0 or 1, [B, I]) exchanged."""
    truth = np.ones_like(swapped)
    left = np.stack(union.statistics(np.hstack([1 - swapped, swapped]), truth))
    right = np.stack(union.statistics(np.hstack([swapped, 1 - swapped]), truth))
    return right - left


def _interval(values: np.ndarray, confidence: float) -> Optional[Interval]:
    values = values[np.isfinite(values)]  # a resample may hold nothing that is to be found, or a reference of 0
    if not len(values):
        return None
    tail = 50 * (1 - confidence)
    low, high = np.percentile(values, [tail, 100 - tail])
    return Interval(float(low), float(high))
