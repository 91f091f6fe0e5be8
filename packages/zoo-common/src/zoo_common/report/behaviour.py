"""What a run's matches say beyond AP: curves, calibration of scores, error of each joint or category."""

from typing import Dict, NamedTuple, Optional, Tuple

import numpy as np

from zoo_common.comparison.changes import FOUND
from zoo_common.errors import ZooError
from zoo_common.keypoints import NAMES
from zoo_common.metrics import Matches, load_matches
from zoo_common.metrics.accumulate import precision_curves
from zoo_common.metrics.protocol import THRESHOLDS
from zoo_common.runs.directory import MATCHES
from zoo_common.runs.facts import RunFacts

BINS = 10


class Reliability(NamedTuple):
    """Scores against truth, by bins of score.

    Attributes:
        score: float64 [B], mean score of a bin's detections.
        share: float64 [B], share of them that match at OKS or IoU 0.5.
        count: int64 [B], detections in the bin.
        error: expected calibration error; None where scores are not probabilities.
    """

    score: np.ndarray
    share: np.ndarray
    count: np.ndarray
    error: Optional[float]


class Behaviour(NamedTuple):
    """Of one run.

    Attributes:
        precision: float64 [101] by view: ``mean`` over OKS or IoU 0.50 to 0.95 (the area below it is AP), ``0.50``,
            ``0.75``; over all categories.
        reliability: scores against truth.
        joint_px: float64 [J], mean distance of joints in image pixels, over people found with OKS 0.5 or more.
        joint_loss: float64 [J], 1 - mean OKS of the joint alone; a person not found counts as lost.
        category_ap: AP by category id, of those that have annotations; empty for people.
    """

    precision: Dict[str, np.ndarray]
    reliability: Reliability
    joint_px: np.ndarray
    joint_loss: np.ndarray
    category_ap: Dict[int, Tuple[float, int]]


def behaviour_of(run: RunFacts) -> Optional[Behaviour]:
    """Return what a run's match arrays say; None where it has none that this version reads."""
    try:
        matches = load_matches(run.path / MATCHES)
    except ZooError:
        return None
    curves = precision_curves(matches)[:, 0]
    present = curves[:, 0, 0] > -1
    defined = curves[present]
    if not len(defined):
        return None
    views = {
        "mean": defined.mean(axis=(0, 1)),
        "0.50": defined[:, _at(0.5)].mean(axis=0),
        "0.75": defined[:, _at(0.75)].mean(axis=0),
    }
    joint_px, joint_loss = _joints(matches)
    categories = {}
    if matches.type == "bbox":
        counts = np.bincount(matches.gt_category[~matches.gt_ignored[0]], minlength=len(matches.category_ids))
        for place in np.flatnonzero(present):
            categories[int(matches.category_ids[place])] = (float(curves[place].mean()), int(counts[place]))
    return Behaviour(views, reliability(matches), joint_px, joint_loss, categories)


def reliability(matches: Matches) -> Reliability:
    """Return scores against the share of true matches: ten bins of equal width, or of equal count if scores pass 1."""
    counted = ~matches.dt_ignored[0, 0]
    scores, true = matches.dt_score[counted], matches.dt_match[0, 0][counted] >= 0
    probable = not len(scores) or (scores.min() >= 0 and scores.max() <= 1)
    if probable:
        place = np.minimum((scores * BINS).astype(int), BINS - 1)
    else:
        place = np.empty(len(scores), int)
        place[np.argsort(scores, kind="stable")] = np.arange(len(scores)) * BINS // max(len(scores), 1)
    count = np.bincount(place, minlength=BINS)
    used = count > 0
    mean = np.bincount(place, scores, BINS)[used] / count[used]
    share = np.bincount(place, true, BINS)[used] / count[used]
    error = float((count[used] * np.abs(mean - share)).sum() / count.sum()) if probable and count.sum() else None
    return Reliability(mean, share, count[used], error)


def _joints(matches: Matches) -> Tuple[np.ndarray, np.ndarray]:
    if matches.type != "keypoints":
        return np.zeros(0), np.zeros(0)
    counted = ~matches.gt_ignored[0]
    found = counted & (np.nan_to_num(matches.gt_best, nan=-1.0) >= FOUND)
    return _mean(matches.joint_px[found]), 1.0 - _mean(matches.joint_oks[counted])


def _mean(values: np.ndarray) -> np.ndarray:
    """Mean of each column without NaN; NaN where nothing is left."""
    known = ~np.isnan(values)
    totals = np.where(known, values, 0).sum(axis=0, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        result: np.ndarray = totals / known.sum(axis=0)
    return result


def _at(threshold: float) -> int:
    return int(np.argmin(np.abs(THRESHOLDS - threshold)))


JOINT_NAMES = tuple(name.replace("_", " ") for name in NAMES)
