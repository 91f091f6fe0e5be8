"""Results files in COCO format: a list of detections, written atomically, read with every entry checked."""

import json
from typing import Any, Dict, Iterable, List, Sequence

from zoo_common.coco.annotations import KEYPOINT_NUMBERS, brief, is_id, is_number, is_numbers
from zoo_common.errors import ZooError
from zoo_common.files import PathLike, atomic_open, read_json

TYPES = {"keypoints": KEYPOINT_NUMBERS, "bbox": 4}

Detection = Dict[str, Any]


def write_results(path: PathLike, detections: Iterable[Detection]) -> int:
    """Write detections as they come, one line each, keys sorted; the file appears only when all are written.

    Args:
        path: the file to write.
        detections: dictionaries with ``image_id``, ``category_id``, ``score`` and ``keypoints`` (51 numbers:
            x, y, score) or ``bbox`` (x, y, width, height in pixels); plain Python numbers.

    Returns:
        How many were written.

    Raises:
        ZooError: the file cannot be written, or an entry isn't a valid detection.
    """
    count = 0
    with atomic_open(path) as stream:
        stream.write("[")
        for count, entry in enumerate(detections, 1):
            if isinstance(entry, dict):
                require_detection(
                    entry, next((t for t in ("keypoints", "bbox") if t in entry), "bbox"), count - 1, path
                )
            else:
                raise ZooError("{}: entry {}: expected a dictionary, got {}".format(path, count - 1, brief(entry)))
            stream.write("\n" if count == 1 else ",\n")
            stream.write(json.dumps(entry, sort_keys=True, separators=(",", ":"), allow_nan=False))
        stream.write("\n]\n")
    return count


def read_results(path: PathLike, type: str) -> List[Detection]:
    """Read a results file.

    Args:
        path: the file to read.
        type: ``keypoints`` or ``bbox``, the field every entry must have.

    Raises:
        ZooError: unreadable, not a list, or a faulty entry; names the entry's index, the field and the value.
    """
    entries = read_json(path)
    require_detections(entries, type, path)
    return entries


def require_detections(entries: Any, type: str, source: PathLike) -> None:
    """Check a list of detections.

    Raises:
        ZooError: as `read_results`.
    """
    if not isinstance(entries, (list, tuple)):
        hint = " (this looks like an annotation file)" if isinstance(entries, dict) and "annotations" in entries else ""
        raise ZooError("{}: expected a list of detections, got {}{}".format(source, brief(entries), hint))
    for index, entry in enumerate(entries):
        if not isinstance(entry, dict):
            raise ZooError("{}: entry {}: expected a dictionary, got {}".format(source, index, brief(entry)))
        require_detection(entry, type, index, source)


def require_detection(entry: Detection, type: str, index: int, source: PathLike) -> None:
    """Check one detection.

    Raises:
        ZooError: as `read_results`.
    """
    fault = ""
    value = entry.get(type)
    if not is_id(entry.get("image_id")):
        fault = "image_id must be an integer, got {}".format(brief(entry.get("image_id")))
    elif not is_id(entry.get("category_id")):
        fault = "category_id must be an integer, got {}".format(brief(entry.get("category_id")))
    elif not is_number(entry.get("score")):
        fault = "score must be a finite number, got {}".format(brief(entry.get("score")))
    elif not is_numbers(value, TYPES[type]):
        got = (
            "{} values".format(len(value))
            if isinstance(value, Sequence) and len(value) != TYPES[type]
            else brief(value)
        )
        fault = "{} must be {} finite numbers, got {}".format(type, TYPES[type], got)
    elif type == "keypoints" and entry.get("bbox") and not is_numbers(entry["bbox"], 4):
        fault = "bbox must be 4 finite numbers, got {}".format(brief(entry["bbox"]))
    if fault:
        raise ZooError("{}: entry {}: {}".format(source, index, fault))
