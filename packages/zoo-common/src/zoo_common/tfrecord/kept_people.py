"""Which annotated people become records, and with which box."""

from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence

from zoo_common.coco.dataset import CocoDataset, ImageInfo
from zoo_common.crops.boxes import CONVENTIONS, Box
from zoo_common.errors import ZooError, did_you_mean

Annotation = Dict[str, Any]


class Person(NamedTuple):
    """A person of a record.

    Attributes:
        image: where.
        box: x, y, width, height in pixels, inside the image; the sides count the pixels of both ends, which makes
            them 1 longer than those of `zoo_common.crops`.
        keypoints: 51 numbers, as annotated.
    """

    image: ImageInfo
    box: Box
    keypoints: Sequence[float]


def _rewrite(entry: Annotation, image: ImageInfo) -> Optional[Box]:
    x, y, w, h = entry["bbox"]
    if entry["num_keypoints"] == 0 or entry["area"] <= 0 or not _has_joint_inside(entry):
        return None
    x1, y1 = max(0.0, x), max(0.0, y)
    x2 = min(image.width - 1.0, x1 + max(0.0, w - 1))
    y2 = min(image.height - 1.0, y1 + max(0.0, h - 1))
    wide, high = x2 - x1 + 1, y2 - y1 + 1
    return (x1, y1, wide, high) if max(wide, high) > 1 and min(wide, high) > 0 else None


def _has_joint_inside(entry: Annotation) -> bool:
    x, y, w, h = entry["bbox"]
    joints = zip(*(entry["keypoints"][axis::3] for axis in range(3)))
    return any(v > 0 and x <= jx <= x + w and y <= jy <= y + h for jx, jy, v in joints)


def _gluoncv(entry: Annotation, image: ImageInfo) -> Optional[Box]:
    rule = CONVENTIONS["gluoncv"]
    if not rule.keeps(entry["keypoints"]):
        return None
    box = rule.clean(entry["bbox"], image.width, image.height, entry["area"])
    return None if box is None else (box[0], box[1], box[2] + 1, box[3] + 1)


RULES: Dict[str, Callable[[Annotation, ImageInfo], Optional[Box]]] = {"rewrite": _rewrite, "gluoncv": _gluoncv}
"""By name: what returns the box of a person that is kept, else None.

``rewrite``  RLE's TensorFlow rewrite: labelled joints, one of them in the annotated box (its edges included); the box,
             clipped to the image, more than one pixel wide or high.
``gluoncv``  the people that evaluation by the crop convention of this name sees: a few more.
"""


def kept_people(dataset: CocoDataset, keep: str = "rewrite") -> List[Person]:
    """Return the people a rule keeps, by ascending image id, in an image as in its file.

    Raises:
        ZooError: there is no such rule, or the annotations have no keypoints.
    """
    if keep not in RULES:
        raise ZooError("keep: no rule '{}'{}".format(keep, did_you_mean(keep, RULES)))
    if dataset.kind != "person_keypoints":
        raise ZooError("{}: {} have no keypoints".format(dataset.annotation_file, dataset.kind))
    return [person for image in dataset.images for person in people_of(dataset, image, keep)]


def people_of(dataset: CocoDataset, image: ImageInfo, keep: str) -> List[Person]:
    """Return the people of one image whom a rule keeps; a crowd is nobody."""
    people = []
    for entry in dataset.annotations(image.id):
        box = None if entry.get("iscrowd", 0) else RULES[keep](entry, image)
        if box is not None:
            people.append(Person(image, box, entry["keypoints"]))
    return people
