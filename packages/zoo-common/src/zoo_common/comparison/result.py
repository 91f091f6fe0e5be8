"""What a comparison of two runs says."""

from dataclasses import asdict, dataclass
from typing import Any, Dict, NamedTuple, Optional, Tuple


class Interval(NamedTuple):
    """Both ends of a confidence interval."""

    low: float
    high: float


@dataclass(frozen=True)
class Change:
    """One number of both runs, and its difference.

    Attributes:
        name: ``AP``, ``APm``, ``left_ankle``, a category's id, ...
        reference: of the reference run; None where undefined.
        candidate: of the candidate run.
        difference: candidate - reference; None where either is undefined.
        count: annotations it stands on; None where that is all of them.
        reference_interval: of the bootstrap, where one was made; so are the next two.
        candidate_interval: likewise.
        interval: of the difference, paired: both runs saw the same resampled images.
        ratio_interval: of candidate / reference, paired likewise.
        p_value: of a paired permutation test of no difference.
    """

    name: str
    reference: Optional[float]
    candidate: Optional[float]
    difference: Optional[float]
    count: Optional[int] = None
    reference_interval: Optional[Interval] = None
    candidate_interval: Optional[Interval] = None
    interval: Optional[Interval] = None
    ratio_interval: Optional[Interval] = None
    p_value: Optional[float] = None


@dataclass(frozen=True)
class AnnotationChange:
    """One annotated person or object, and how well either run found it.

    Attributes:
        image_id: its image.
        annotation_id: its annotation.
        category_id: its category.
        reference: highest OKS, or IoU of objects, with a detection of the reference run (of its category); 0 if none.
        candidate: likewise of the candidate run.
        reference_detection: place of that detection in the run's ``results.json``; None if there is none.
        candidate_detection: likewise.
        shift_px: mean distance between both runs' joints (people) or box corners, in image pixels; None if either is
            missing.
    """

    image_id: int
    annotation_id: int
    category_id: int
    reference: float
    candidate: float
    reference_detection: Optional[int] = None
    candidate_detection: Optional[int] = None
    shift_px: Optional[float] = None

    @property
    def change(self) -> float:
        """Candidate - reference; negative is worse."""
        return self.candidate - self.reference


@dataclass(frozen=True)
class ImageChange:
    """Mean of an image's annotations' OKS or IoU in either run.

    Attributes:
        image_id: the image.
        annotations: how many count.
        reference: of the reference run.
        candidate: of the candidate run.
    """

    image_id: int
    annotations: int
    reference: float
    candidate: float

    @property
    def change(self) -> float:
        """Candidate - reference; negative is worse."""
        return self.candidate - self.reference


@dataclass(frozen=True)
class Comparison:
    """A candidate run (usually quantized) held against a reference run (usually fp32).

    Attributes:
        reference: path of the reference run.
        candidate: path of the candidate run.
        type: ``keypoints`` or ``bbox``.
        images: images compared.
        unlike: fields in which the protocols differ, as ``field: a -> b``; not empty only if the comparison was forced.
        confidence: of the intervals, e.g. 0.95.
        replicates: resamples of the bootstrap, and of the permutation test.
        seed: of both.
        statistics: COCO's, in COCOeval's order; AP and AR (of boxes AR100) with intervals and p-value.
        joints: mean OKS of each joint alone, a missed person counting 0; empty for boxes.
        joint_error_px: mean distance to the annotated joint, over people that both found; empty for boxes.
        categories: AP of each category, named by its id; empty for people.
        annotations: those that changed most, worst loss first, then, after the losses, the largest gains last.
        image_changes: likewise.
    """

    reference: str
    candidate: str
    type: str
    images: int
    unlike: Tuple[str, ...]
    confidence: float
    replicates: int
    seed: int
    statistics: Tuple[Change, ...]
    joints: Tuple[Change, ...]
    joint_error_px: Tuple[Change, ...]
    categories: Tuple[Change, ...]
    annotations: Tuple[AnnotationChange, ...]
    image_changes: Tuple[ImageChange, ...]

    def statistic(self, name: str) -> Change:
        """Return a statistic by its name.

        Raises:
            KeyError: there is none of that name.
        """
        return {change.name: change for change in self.statistics}[name]

    @property
    def recall(self) -> Change:
        """The headline recall: ``AR`` of people, ``AR100`` of boxes."""
        return self.statistic("AR100" if self.type == "bbox" else "AR")

    def to_json(self) -> Dict[str, Any]:
        """Return the comparison as JSON; what is absent is left out."""
        return _without_absent(asdict(self))


def _without_absent(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_absent(item) for key, item in value.items() if item is not None}
    if isinstance(value, Interval):
        return [value.low, value.high]
    if isinstance(value, (list, tuple)):
        return [_without_absent(item) for item in value]
    return value
