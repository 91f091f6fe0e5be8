"""Scoring: one call, whoever evaluates."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Dict, Iterable, Optional

from zoo_common.metrics.engines import choose_engine, engine_version, evaluate
from zoo_common.metrics.inputs import GroundTruth, Inputs, Results, prepare, require_type
from zoo_common.metrics.protocol import PROTOCOLS
from zoo_common.metrics.quick import score_files


@dataclass(frozen=True)
class Score:
    """COCO's statistics with what they stand on; prints itself as COCO's table.

    Attributes:
        stats: name to value in COCOeval's order; None where undefined (no such annotations).
        type: ``keypoints`` or ``bbox``.
        engine: ``pycocotools`` or ``hotcoco``.
        engine_version: its version.
        image_count: images scored.
        detection_count: detections on those images.
        unknown_count: detections left out because the ground truth doesn't have their image.
    """

    stats: "Dict[str, Optional[float]]"
    type: str
    engine: str
    engine_version: str
    image_count: int
    detection_count: int
    unknown_count: int = 0

    def table(self) -> str:
        """Return COCOeval's table, line by line as it prints it."""
        lines = [statistic.line(self.stats[statistic.name]) for statistic in PROTOCOLS[self.type].statistics]
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.table()


def score(
    ground_truth: GroundTruth,
    results: Results,
    type: str,
    image_ids: Optional[Iterable[int]] = None,
    engine: str = "auto",
) -> Score:
    """Score detections against ground truth by COCO's protocol.

    Args:
        ground_truth: annotation file or dataset.
        results: results file or list of detections; an empty list scores 0.
        type: ``keypoints`` or ``bbox``.
        image_ids: score exactly these images (default: all of the ground truth).
        engine: ``pycocotools``, ``hotcoco``, or ``auto`` for the faster that is installed.

    Warns:
        UserWarning: some detections are on images that the ground truth doesn't have; they count for nothing.

    Raises:
        ZooError: a faulty file or entry (names file, entry, field and value), or an engine that isn't there.

    Example:
        >>> print(score("person_keypoints_val2017.json", "results.json", "keypoints"))  # doctest: +SKIP
         Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets= 20 ] = 0.705
        ...
    """
    require_type(type)
    engine = choose_engine(engine)
    ids = None if image_ids is None else sorted(set(image_ids))
    quick = score_files(ground_truth, results, type) if engine == "hotcoco" and ids is None else None
    if quick is None:
        return score_inputs(prepare(ground_truth, results, type, ids), engine)
    return _score(quick.stats, type, engine, quick.image_count, quick.detection_count, 0)


def score_inputs(inputs: Inputs, engine: str = "auto") -> Score:
    """Score what `prepare` has read; `match_inputs` takes the same."""
    engine = choose_engine(engine)
    values = evaluate(inputs, engine)
    counts = len(inputs.image_ids), len(inputs.detections), inputs.unknown_count
    return _score(values, inputs.type, engine, *counts)


def _score(values: Iterable[float], type: str, engine: str, images: int, detections: int, unknown: int) -> Score:
    named = OrderedDict((n, None if v == -1 else v) for n, v in zip(PROTOCOLS[type].names, values))
    return Score(named, type, engine, engine_version(engine), images, detections, unknown)
