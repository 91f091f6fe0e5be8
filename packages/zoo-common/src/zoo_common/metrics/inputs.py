"""What every evaluator is given: ground truth and detections of the scored images, checked and complete."""

import warnings
from dataclasses import dataclass
from typing import Any, Dict, Iterable, List, Optional, Union

from zoo_common.coco.dataset import CocoDataset
from zoo_common.coco.layout import open_annotations
from zoo_common.coco.results import Detection, read_results, require_detections
from zoo_common.errors import ZooError, did_you_mean
from zoo_common.files import PathLike
from zoo_common.metrics.protocol import PROTOCOLS

KINDS = {"keypoints": "person_keypoints", "bbox": "instances"}

GroundTruth = Union[PathLike, CocoDataset]
Results = Union[PathLike, List[Detection]]


@dataclass(frozen=True)
class Inputs:
    """Ground truth and detections.

    Attributes:
        type: ``keypoints`` or ``bbox``.
        image_ids: scored images, ascending.
        category_ids: ascending.
        annotations: of those images, by ascending image id, within an image in file order.
        detections: of those images, in the order given.
        places: where each detection stood in the results.
        unknown_count: detections on images that the ground truth doesn't have.
    """

    type: str
    image_ids: List[int]
    category_ids: List[int]
    annotations: List[Dict[str, Any]]
    detections: List[Detection]
    places: List[int]
    unknown_count: int


def prepare(
    ground_truth: GroundTruth, results: Results, type: str, image_ids: Optional[Iterable[int]] = None
) -> Inputs:
    """Read and check both sides; detections on other images are left out.

    Warns:
        UserWarning: some detections are on images that the ground truth doesn't have.

    Raises:
        ZooError: unknown type, unreadable or faulty files, no categories, or an image id that isn't there.
    """
    require_type(type)
    dataset = ground_truth
    if not isinstance(dataset, CocoDataset):
        dataset = open_annotations(dataset, KINDS[type])
    if type == "keypoints" and dataset.kind != "person_keypoints":
        raise ZooError("{}: '{}' annotations have no keypoints to score".format(dataset.annotation_file, dataset.kind))
    if not dataset.categories:
        raise ZooError(
            "{}: field 'categories' is empty or missing; nothing can be scored".format(dataset.annotation_file)
        )
    if image_ids is not None:
        dataset = dataset.subset(image_ids)
    source = "results"
    if isinstance(results, (list, tuple)):
        require_detections(results, type, source)
    else:
        source, results = str(results), read_results(results, type)
    if type == "keypoints":
        _require_uniform_boxes(results, source)
    scored = {image.id for image in dataset.images}
    places = [place for place, entry in enumerate(results) if entry["image_id"] in scored]
    return Inputs(
        type=type,
        image_ids=[image.id for image in dataset.images],
        category_ids=sorted(category["id"] for category in dataset.categories),
        annotations=[entry for image in dataset.images for entry in dataset.annotations(image.id)],
        detections=[results[place] for place in places],
        places=places,
        unknown_count=_count_unknown(dataset, results, source) if len(places) < len(results) else 0,
    )


def require_type(type: str) -> None:
    """Check the name of a type of result.

    Raises:
        ZooError: it is unknown.
    """
    if type not in PROTOCOLS:
        raise ZooError("unknown type of results '{}'{}".format(type, did_you_mean(str(type), PROTOCOLS)))


def detection_box(entry: Detection, type: str) -> List[float]:
    """Return a detection's box as COCO's ``loadRes`` does: its own, or the extent of all its joints."""
    if type == "bbox" or entry.get("bbox"):
        return entry["bbox"]
    xs, ys = entry["keypoints"][0::3], entry["keypoints"][1::3]
    return [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)]


def _count_unknown(dataset: CocoDataset, results: List[Detection], source: str) -> int:
    known = {entry["id"] for entry in dataset.content["images"] if isinstance(entry, dict) and "id" in entry}
    unknown = [entry["image_id"] for entry in results if entry["image_id"] not in known]
    if unknown:
        warn_unknown(source, len(unknown), unknown[0])
    return len(unknown)


def warn_unknown(source: str, count: int, first: int) -> None:
    """Warn of detections that count for nothing."""
    message = "{}: {} detections are on images that the ground truth doesn't have (the first on image {})"
    warnings.warn(message.format(source, count, first), stacklevel=2)


def _require_uniform_boxes(results: List[Detection], source: str) -> None:
    # loadRes decides by the first entry alone whether areas come from boxes or from joints.
    boxed = [bool(entry.get("bbox")) for entry in results]
    if any(boxed) and not all(boxed):
        odd = boxed.index(not boxed[0])
        message = "{}: entry {}: {} a bbox while entry 0 {}; all entries or none may"
        raise ZooError(message.format(source, odd, *(("has", "doesn't") if boxed[odd] else ("lacks", "has one"))))
