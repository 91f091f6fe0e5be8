"""Where two runs differ: sizes, joints, categories, people, images."""

import itertools
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np

from zoo_common.comparison.result import AnnotationChange, Change, ImageChange
from zoo_common.keypoints.coco17 import NAMES
from zoo_common.metrics import Matches, ap_from_matches

FOUND = 0.5
"""OKS from which a person counts as found where distances are measured."""


def change(name: str, reference: Optional[float], candidate: Optional[float], count: Optional[int] = None) -> Change:
    """Return a change without intervals."""
    difference = None if reference is None or candidate is None else candidate - reference
    return Change(name=name, reference=reference, candidate=candidate, difference=difference, count=count)


def joint_changes(reference: Matches, candidate: Matches) -> Tuple[Tuple[Change, ...], Tuple[Change, ...]]:
    """Return the changes of each joint's mean OKS, and of its mean distance in pixels; both empty for boxes.

    A joint that is labelled counts; where its person has no detection its OKS is 0, and it has no distance. The
    distance is over people that both runs found (OKS 0.5 or more), so that a run cannot win by missing the hard ones.
    """
    wanted = ~reference.gt_ignored[0]
    first, second = reference.joint_oks[wanted], candidate.joint_oks[wanted]
    near, far = reference.joint_px[wanted], candidate.joint_px[wanted]
    found = (_similarity(reference)[wanted] >= FOUND) & (_similarity(candidate)[wanted] >= FOUND)
    both = np.isfinite(near) & np.isfinite(far) & found[:, None]
    oks, distance = [], []
    for joint in range(first.shape[1]):
        labelled = np.isfinite(first[:, joint])
        oks.append(_mean_change(NAMES[joint], first[labelled, joint], second[labelled, joint]))
        distance.append(_mean_change(NAMES[joint], near[both[:, joint], joint], far[both[:, joint], joint]))
    return tuple(oks), tuple(distance)


def _mean_change(name: str, reference: np.ndarray, candidate: np.ndarray) -> Change:
    if not len(reference):
        return change(name, None, None, 0)
    return change(
        name, float(reference.mean(dtype=np.float64)), float(candidate.mean(dtype=np.float64)), len(reference)
    )


def category_changes(reference: Matches, candidate: Matches) -> Tuple[Change, ...]:
    """Return the change of AP of each category that is annotated, named by its id; empty for people."""
    if reference.type != "bbox":
        return ()
    found = []
    for number, category in enumerate(reference.category_ids):
        wanted = (reference.gt_category == number) & ~reference.gt_ignored[0]
        if wanted.any():
            sides = [_average_precision(run, number) for run in (reference, candidate)]
            found.append(change(str(category), sides[0], sides[1], int(wanted.sum())))
    return tuple(found)


def _average_precision(run: Matches, category: int) -> Optional[float]:
    ours, theirs = run.dt_category == category, run.gt_category == category
    fields: Dict[str, Any] = dict(vars(run))
    for name in ("dt_image", "dt_rank", "dt_score", "dt_index"):
        fields[name] = fields[name][ours]
    for name in ("dt_match", "dt_ignored"):
        fields[name] = fields[name][:, :, ours]
    for name in ("gt_id", "gt_image"):
        fields[name] = fields[name][theirs]
    fields["gt_ignored"] = fields["gt_ignored"][:, theirs]
    fields["dt_category"] = np.zeros(int(ours.sum()), np.int32)
    fields["gt_category"] = np.zeros(int(theirs.sum()), np.int32)
    fields["category_ids"] = run.category_ids[[category]]
    return ap_from_matches(Matches(**fields))["AP"]


def annotation_changes(
    reference: Matches, candidate: Matches, points: Sequence[np.ndarray], worst: int
) -> Tuple[AnnotationChange, ...]:
    """Return the annotations that lost most, then those that gained most, at most ``worst`` of each, worst loss first.

    Args:
        reference: matches of the reference run.
        candidate: of the candidate run.
        points: `points_of` both runs' results.
        worst: how many.
    """
    wanted = np.flatnonzero(~reference.gt_ignored[0])
    sides = [_similarity(run)[wanted] for run in (reference, candidate)]
    found = []
    for place in _extremes(sides[1] - sides[0], worst):
        annotation = wanted[place]
        partners = [_detection(run, annotation) for run in (reference, candidate)]
        found.append(
            AnnotationChange(
                image_id=int(reference.image_ids[reference.gt_image[annotation]]),
                annotation_id=int(reference.gt_id[annotation]),
                category_id=int(reference.category_ids[reference.gt_category[annotation]]),
                reference=float(sides[0][place]),
                candidate=float(sides[1][place]),
                reference_detection=partners[0],
                candidate_detection=partners[1],
                shift_px=_shift(points, partners),
            )
        )
    return tuple(found)


def image_changes(reference: Matches, candidate: Matches, worst: int) -> Tuple[ImageChange, ...]:
    """Return the images whose annotations' mean OKS or IoU lost most, then those that gained most, as above."""
    wanted = ~reference.gt_ignored[0]
    owner = reference.gt_image[wanted]
    images = len(reference.image_ids)
    counts = np.bincount(owner, minlength=images)
    sides = [
        np.bincount(owner, _similarity(run)[wanted], minlength=images) / np.maximum(counts, 1)
        for run in (reference, candidate)
    ]
    return tuple(
        ImageChange(
            image_id=int(reference.image_ids[place]),
            annotations=int(counts[place]),
            reference=float(sides[0][place]),
            candidate=float(sides[1][place]),
        )
        for place in _extremes(sides[1] - sides[0], worst)
    )


def _similarity(run: Matches) -> np.ndarray:
    """Return each annotation's OKS or IoU with its nearest detection; 0 without one."""
    return np.nan_to_num(run.gt_best)


def _extremes(values: np.ndarray, worst: int) -> List[int]:
    order = np.argsort(values, kind="stable")
    losses = [int(place) for place in order[:worst] if values[place] < 0]
    gains = [int(place) for place in order[len(order) - min(worst, len(order)) :] if values[place] > 0]
    return losses + gains


def _detection(run: Matches, annotation: int) -> Optional[int]:
    if not run.gt_best[annotation] > 0:  # nothing there, or nothing that overlaps
        return None
    return int(run.dt_index[run.gt_nearest[annotation]])


def points_of(results: Sequence[Dict[str, Any]], type: str) -> np.ndarray:
    """Return the joints of people [N, 17, 2], or the corners of boxes [N, 4, 2], float64 in image pixels."""
    field, count = ("keypoints", 51) if type == "keypoints" else ("bbox", 4)
    flat = itertools.chain.from_iterable(entry[field] for entry in results)
    values = np.fromiter(flat, np.float64, count * len(results)).reshape(len(results), count)
    if type == "keypoints":
        return np.ascontiguousarray(values.reshape(-1, 17, 3)[:, :, :2])
    x, y, width, height = values.T
    return np.stack([x, y, x + width, y, x, y + height, x + width, y + height], axis=1).reshape(-1, 4, 2)


def _shift(points: Sequence[np.ndarray], partners: Sequence[Optional[int]]) -> Optional[float]:
    found = [each[partner] for each, partner in zip(points, partners) if partner is not None]
    return float(np.linalg.norm(found[1] - found[0], axis=1).mean()) if len(found) == len(points) else None
