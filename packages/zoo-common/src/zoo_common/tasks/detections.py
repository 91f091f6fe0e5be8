"""Person boxes of a detector, from a COCO results file."""

from typing import Dict, List, NamedTuple, Tuple

from zoo_common.coco.results import read_results
from zoo_common.errors import ZooError
from zoo_common.files import PathLike, sha256_file

PERSON = 1
Box = Tuple[float, float, float, float]


class Detections(NamedTuple):
    """Boxes x, y, width, height in pixels with their scores by image id, in the file's order.

    As in HRNet's evaluation the boxes are taken as they are: neither cut at the image's border nor merged.
    """

    path: str
    sha256: str
    boxes: Dict[int, List[Tuple[Box, float]]]


def read_detections(path: PathLike, threshold: float = 0.0) -> Detections:
    """Read the boxes of people with a score of at least ``threshold``; boxes with no width or height are left out.

    Raises:
        ZooError: unreadable, an entry that is no box (named by its index), or nobody is left.
    """
    entries = read_results(path, "bbox")
    boxes: Dict[int, List[Tuple[Box, float]]] = {}
    for entry in entries:
        x, y, w, h = (float(v) for v in entry["bbox"])
        if entry["category_id"] == PERSON and entry["score"] >= threshold and w > 0 and h > 0:
            boxes.setdefault(entry["image_id"], []).append(((x, y, w, h), float(entry["score"])))
    if not boxes:
        raise ZooError(
            "{}: none of its {} detections is a person (category 1) with a score of {:g} or more".format(
                path, len(entries), threshold
            )
        )
    return Detections(str(path), sha256_file(path), boxes)
