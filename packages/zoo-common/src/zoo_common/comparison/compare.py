"""Hold a candidate run against a reference run."""

import dataclasses
from typing import Any, List, Tuple

import numpy as np

from zoo_common.coco.results import read_results
from zoo_common.comparison.changes import (
    annotation_changes,
    category_changes,
    change,
    image_changes,
    joint_changes,
    points_of,
)
from zoo_common.comparison.resampling import bootstrap, permutation
from zoo_common.comparison.result import Change, Comparison
from zoo_common.comparison.unlike import unlike
from zoo_common.errors import ZooError
from zoo_common.files import PathLike
from zoo_common.metrics import Matches, ap_from_matches, load_matches
from zoo_common.runs.directory import MATCHES, RESULTS, SCORE
from zoo_common.runs.facts import RunFacts, load_facts

_TOLERANCE = 1e-6


def compare_runs(
    reference: PathLike,
    candidate: PathLike,
    replicates: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
    force: bool = False,
    worst: int = 20,
) -> Comparison:
    """Compare two scored runs on the same images.

    Args:
        reference: run directory, usually of fp32.
        candidate: run directory, usually of a quantized precision.
        replicates: resamples of the bootstrap, and exchanges of the permutation test.
        confidence: of the intervals.
        seed: the same gives the same numbers.
        force: compare although the protocols differ; the result lists in what.
        worst: how many annotations and images to name, of the losses and of the gains.

    Raises:
        ZooError: a run is incomplete or not scored, its score does not follow from its matches, the protocols differ
            (unless forced; names the fields), or the image sets do.
    """
    facts = [_scored(path) for path in (reference, candidate)]
    fields = unlike(*facts)
    if fields and not force:
        raise ZooError(
            "{} and {} were not evaluated alike, so their difference says nothing (--force compares them all the same "
            "and marks the result): {}".format(reference, candidate, "; ".join(fields))
        )
    matches = [_matches(run) for run in facts]
    _require_same_annotations(facts, matches)
    points = [_points(run, found) for run, found in zip(facts, matches)]
    joints, distances = joint_changes(*matches)
    return Comparison(
        reference=str(reference),
        candidate=str(candidate),
        type=matches[0].type,
        images=len(matches[0].image_ids),
        unlike=tuple(fields),
        confidence=confidence,
        replicates=replicates,
        seed=seed,
        statistics=_statistics(matches[0], matches[1], replicates, confidence, seed),
        joints=joints,
        joint_error_px=distances,
        categories=category_changes(*matches),
        annotations=annotation_changes(matches[0], matches[1], points, worst),
        image_changes=image_changes(matches[0], matches[1], worst),
    )


def _scored(path: PathLike) -> RunFacts:
    facts = load_facts(path)
    if not facts.manifest.complete:
        raise ZooError("{}: the run is not complete; its own command goes on from where it stopped".format(path))
    if not facts.score or not (facts.path / MATCHES).exists():
        raise ZooError("{}: the run is not scored; zoo score {} --data DIR does it".format(path, path))
    return facts


def _matches(run: RunFacts) -> Matches:
    """Return the run's matches if its score follows from them: then the evaluator of both runs is the same."""
    found = load_matches(run.path / MATCHES)
    if found.type != run.score.get("type"):
        raise ZooError("{}: type: '{}', but matches of {}".format(run.path / SCORE, run.score.get("type"), found.type))
    for name, value in ap_from_matches(found).items():
        stated = run.stats.get(name)
        if (value is None) != (stated is None) or (value is not None and abs(value - stated) > _TOLERANCE):
            raise ZooError(
                "{}: stats.{}: {} does not follow from {} ({}); score the run again".format(
                    run.path / SCORE, name, stated, MATCHES, value
                )
            )
    return found


def _require_same_annotations(facts: List[RunFacts], matches: List[Matches]) -> None:
    first, second = matches
    for name in ("image_ids", "category_ids", "gt_id", "gt_image", "gt_category"):
        if first.type != second.type or not _equal(getattr(first, name), getattr(second, name)):
            raise ZooError(
                "{} and {} were scored on other images or annotations ({})".format(facts[0].path, facts[1].path, name)
            )


def _equal(left: Any, right: Any) -> bool:
    return left.shape == right.shape and bool((left == right).all())


def _points(run: RunFacts, matches: Matches) -> np.ndarray:
    """Return the detections' points; of one run after the other, for the results themselves take much memory."""
    found = read_results(run.path / RESULTS, matches.type)
    if len(found) <= matches.dt_index.max(initial=-1):
        text = "{}: {} results, fewer than {} names; score the run again"
        raise ZooError(text.format(run.path / RESULTS, len(found), MATCHES))
    return points_of(found, matches.type)


def _statistics(
    reference: Matches, candidate: Matches, replicates: int, confidence: float, seed: int
) -> Tuple[Change, ...]:
    first, second = ap_from_matches(reference), ap_from_matches(candidate)
    intervals = bootstrap(reference, candidate, replicates, confidence, seed)
    p_values = permutation(reference, candidate, replicates, seed)
    headline = dict(zip(("AP", "AR100" if reference.type == "bbox" else "AR"), zip(intervals, p_values)))
    found = []
    for name in first:
        plain = change(name, first[name], second[name])
        if name in headline and plain.difference is not None:
            (of_reference, of_candidate, of_difference, of_ratio), p_value = headline[name]
            plain = dataclasses.replace(
                plain,
                reference_interval=of_reference,
                candidate_interval=of_candidate,
                interval=of_difference,
                ratio_interval=of_ratio,
                p_value=p_value,
            )
        found.append(plain)
    return tuple(found)
