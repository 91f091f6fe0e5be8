"""The valid data that targets start from: a few drawn pictures, and detections that are their annotations."""

import json
from pathlib import Path
from typing import Any, Dict, List

from fuzz.target import Files, read_files
from zoo_common.synthetic import generate

PEOPLE = "annotations/person_keypoints_val2017.json"
OBJECTS = "annotations/instances_val2017.json"


def draw(scratch: Path, images: int = 3) -> Files:
    """Draw a COCO tree of a validation split; return its files, and leave it in ``scratch``."""
    generate(scratch, train=0, val=images, seed=5, progress=False)
    return {name: content for name, content in read_files(scratch).items() if "val2017" in name}


def detections(annotations: bytes, field: str, shift: float = 1.0) -> List[Dict[str, Any]]:
    """Return the annotations as detections, moved by some pixels.

    Args:
        field: ``keypoints`` or ``bbox``.
    """
    found = []
    for number, entry in enumerate(json.loads(annotations.decode("utf-8"))["annotations"]):
        values = [float(value) for value in entry[field]]
        values[0] += shift
        found.append(
            {
                "image_id": entry["image_id"],
                "category_id": entry["category_id"],
                "score": 1.0 / (number + 1),
                field: values,
            }
        )
    return found
