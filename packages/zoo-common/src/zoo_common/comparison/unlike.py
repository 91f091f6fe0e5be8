"""What keeps two runs from being compared: every condition of the evaluation in which they differ."""

from typing import Any, Dict, List

from zoo_common.runs.facts import RunFacts
from zoo_common.runs.manifest import differences

OF_THE_MODEL = (
    "input_size",
    "color",
    "mean",
    "std",
    "scale",
    "pad_value",
    "interpolation",
    "anchors",
    "num_classes",
)
"""Fields of a protocol that belong to the network: two models may differ in them, two precisions of one may not."""


def unlike(reference: RunFacts, candidate: RunFacts) -> List[str]:
    """List the fields in which the evaluations of two runs differ, as ``field: a -> b``; empty if they are comparable.

    Boxes, crop, flip test, decoding, suppression, image set (by its fingerprint, and by the images that failed) and
    evaluator must be the same; of two precisions of one model its input, too. A run that was calibrated on evaluated
    images is comparable with nothing.
    """
    found = differences(_conditions(reference, candidate), _conditions(candidate, reference))
    for run in (reference, candidate):
        seen = run.manifest.calibration.evaluated_images_seen if run.manifest.calibration else 0
        if seen:
            text = "calibration.evaluated_images_seen: {} of the evaluated images calibrated {} ({})"
            found.append(text.format(seen, run.precision, run.path))
    return found


def _conditions(run: RunFacts, other: RunFacts) -> Dict[str, Any]:
    protocol = dict(run.manifest.protocol)
    if run.model != other.model:
        for name in OF_THE_MODEL:
            protocol.pop(name, None)
    dataset = run.manifest.dataset
    return {
        "protocol": protocol,
        "dataset": {
            "annotation_file": dataset.annotation_file,
            "fingerprint": dataset.fingerprint[:12],
            "images": dataset.images,
            "failed": [image.image_id for image in run.manifest.failed],
        },
        "evaluator": {"type": run.score.get("type"), "images_scored": run.score.get("images_scored")},
    }
