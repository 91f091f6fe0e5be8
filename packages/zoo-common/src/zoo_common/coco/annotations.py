"""Annotation files: the structure an evaluation needs, checked once when the file is opened."""

import math
import sys
from typing import Any, Callable, Dict, List

from zoo_common.errors import ZooError
from zoo_common.files import PathLike, read_json

KINDS = ("person_keypoints", "instances")
KEYPOINT_NUMBERS = 51

Content = Dict[str, List[Any]]
_SINGULAR = {"images": "image", "annotations": "annotation", "categories": "category"}


def read_content(path: PathLike) -> Content:
    """Read an annotation file and check its top level only.

    Returns:
        The file's dictionary; ``images`` and ``annotations`` are lists (their entries unchecked) and
        ``categories`` is a list, empty where the file has none.

    Raises:
        ZooError: the file is unreadable or its top level isn't COCO's; the message names file, field and value.
    """
    content = read_json(path)
    if not isinstance(content, dict):
        hint = " (this looks like a results file)" if isinstance(content, list) else ""
        raise ZooError("{}: expected a COCO dictionary, got {}{}".format(path, brief(content), hint))
    content.setdefault("categories", [])
    for field in ("images", "annotations", "categories"):
        if field not in content:
            raise ZooError("{}: field '{}' is missing; present: {}".format(path, field, ", ".join(sorted(content))))
        if not isinstance(content[field], list):
            raise ZooError("{}: field '{}' must be a list, got {}".format(path, field, brief(content[field])))
    return content


def require_valid(content: Content, kind: str, source: PathLike) -> None:
    """Check what an evaluation cannot do without; boxes of no area and orphans are tolerated, as COCOeval does.

    Raises:
        ZooError: naming the file, the image or annotation id, the field and the value.
    """
    for faults, field in (
        (image_faults, "images"),
        (annotation_faults, "annotations"),
        (category_faults, "categories"),
    ):
        seen = set()
        for position, entry in enumerate(content[field]):
            for fault in faults(entry, kind):
                raise ZooError("{}: {}: {}".format(source, name_of(entry, field, position), fault))
            if entry["id"] in seen:
                raise ZooError("{}: {}: id used twice".format(source, name_of(entry, field, position)))
            seen.add(entry["id"])


def image_faults(entry: Any, kind: str) -> List[str]:
    """Return what is wrong with one entry of ``images``, each as ``field must be ..., got ...``."""
    if not isinstance(entry, dict):
        return ["must be a dictionary, got {}".format(brief(entry))]
    faults = _wrong_ids(entry, ("id",))
    for field in ("width", "height"):
        if not (is_id(entry.get(field)) and entry[field] > 0):
            faults.append("{} must be a positive integer, got {}".format(field, brief(entry.get(field))))
    if not (isinstance(entry.get("file_name"), str) and entry["file_name"].strip()) or "\0" in entry["file_name"]:
        faults.append("file_name must be a name, got {}".format(brief(entry.get("file_name"))))
    return faults


def category_faults(entry: Any, kind: str) -> List[str]:
    """Return what is wrong with one entry of ``categories``."""
    if not isinstance(entry, dict):
        return ["must be a dictionary, got {}".format(brief(entry))]
    return _wrong_ids(entry, ("id",))


def annotation_faults(entry: Any, kind: str) -> List[str]:
    """Return what keeps one entry of ``annotations`` from being evaluated."""
    if not isinstance(entry, dict):
        return ["must be a dictionary, got {}".format(brief(entry))]
    faults = _wrong_ids(entry, ("id", "image_id", "category_id"))
    if not is_numbers(entry.get("bbox"), 4):
        faults.append("bbox must be 4 finite numbers, got {}".format(brief(entry.get("bbox"))))
    if not (is_number(entry.get("area")) and entry["area"] >= 0):
        faults.append("area must be a finite number >= 0, got {}".format(brief(entry.get("area"))))
    if entry.get("iscrowd", 0) not in (0, 1):
        faults.append("iscrowd must be 0 or 1, got {}".format(brief(entry["iscrowd"])))
    if kind == "person_keypoints":
        if not is_numbers(entry.get("keypoints"), KEYPOINT_NUMBERS):
            faults.append("keypoints must be 51 finite numbers, got {}".format(_brief_list(entry.get("keypoints"))))
        if not (is_id(entry.get("num_keypoints")) and entry["num_keypoints"] >= 0):
            faults.append("num_keypoints must be an integer >= 0, got {}".format(brief(entry.get("num_keypoints"))))
    return faults


FAULTS: Dict[str, Callable[[Any, str], List[str]]] = {
    "images": image_faults,
    "annotations": annotation_faults,
    "categories": category_faults,
}


def name_of(entry: Any, field: str, position: int) -> str:
    """Return how a message calls an entry: by its id, or by its place where it has none."""
    if isinstance(entry, dict) and is_id(entry.get("id")):
        return "{} {}".format(
            {"images": "image", "annotations": "annotation", "categories": "category"}[field], entry["id"]
        )
    return "{}[{}]".format(field, position)


def is_id(value: Any) -> bool:
    """Return whether a value is an integer (a Boolean is none) that a float64 holds exactly."""
    return type(value) is int and -(2**53) < value < 2**53


def is_number(value: Any) -> bool:
    """Return whether a value is a finite integer or float."""
    return type(value) in (int, float) and abs(value) <= sys.float_info.max


def is_numbers(value: Any, count: int) -> bool:
    """Return whether a value is a list of ``count`` finite numbers."""
    if type(value) is not list or len(value) != count or not set(map(type, value)) <= {int, float}:
        return False
    try:
        return math.isfinite(sum(value))
    except OverflowError:
        return False


def brief(value: Any) -> str:
    """Return a value short enough for one line of a message."""
    if value is None:
        return "nothing"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _brief_list(value: Any) -> str:
    if isinstance(value, list) and len(value) != KEYPOINT_NUMBERS:
        return "{} values".format(len(value))
    return brief(value)


def _wrong_ids(entry: Dict[str, Any], fields: Any) -> List[str]:
    return ["{} must be an integer, got {}".format(f, brief(entry.get(f))) for f in fields if not is_id(entry.get(f))]
