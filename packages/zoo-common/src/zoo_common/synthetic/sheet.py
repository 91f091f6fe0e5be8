"""A contact sheet: some pictures of a dataset with their skeletons, to be looked at."""

import os
from collections import defaultdict
from pathlib import Path
from typing import Any, Dict, List

import cv2
import numpy as np

from zoo_common.errors import ZooError
from zoo_common.files import atomic_open, read_json
from zoo_common.keypoints import SKELETON

LEFT, RIGHT, MIDDLE = (60, 150, 255), (255, 170, 60), (240, 240, 240)
VISIBLE, HIDDEN = (70, 220, 70), (200, 60, 230)  # v = 2 green, v = 1 purple
_ZOOM = 2


def contact_sheet(
    dataset_dir: "os.PathLike[str] | str",
    out_path: "os.PathLike[str] | str",
    *,
    split: str = "val2017",
    rows: int = 5,
    width: int = 1500,
    quality: int = 72,
) -> Path:
    """Write a JPEG of the first pictures of a split in rows of equal height.

    Even rows are plain; odd rows show boxes and skeletons: the wearer's left limbs orange, right ones blue,
    visible joints filled green, hidden but labelled ones as purple rings.

    Raises:
        ZooError: the dataset or a picture cannot be read, or `out_path` cannot be written.
    """
    folder = Path(dataset_dir)
    document = read_json(folder / "annotations" / "person_keypoints_{}.json".format(split))
    people: Dict[int, List[Any]] = defaultdict(list)
    for entry in document["annotations"]:
        people[entry["image_id"]].append(entry)
    images = iter(document["images"])
    strips = []
    for row in range(rows):
        strip = _row(folder / "images" / split, images, people, width, overlay=row % 2 == 1)
        if strip is not None:
            strips.append(strip)
    if not strips:
        raise ZooError("{}: no images in {}".format(folder, split))
    sheet = cv2.imencode(".jpg", np.concatenate(strips), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    with atomic_open(out_path, "wb") as stream:
        stream.write(sheet.tobytes())
    return Path(out_path)


def _row(folder: Path, images: Any, people: Dict[int, List[Any]], width: int, overlay: bool) -> "np.ndarray | None":
    tall, tiles, used = 240, [], 0
    while used < width:
        record = next(images, None)
        if record is None:
            break
        image = cv2.imread(str(folder / record["file_name"]))
        if image is None:
            raise ZooError("cannot read image {}".format(folder / record["file_name"]))
        image = cv2.resize(image, None, fx=_ZOOM, fy=_ZOOM, interpolation=cv2.INTER_CUBIC)
        if overlay:
            for entry in people[record["id"]]:
                draw_person(image, entry)
        wide = round(image.shape[1] * tall / image.shape[0])
        tiles.append(
            np.pad(
                cv2.resize(image, (wide, tall), interpolation=cv2.INTER_AREA),
                ((3, 3), (3, 3), (0, 0)),
                mode="constant",
                constant_values=255,
            )
        )
        used += wide + 6
    if not tiles:
        return None
    row = np.concatenate(tiles, axis=1)
    # rows end flush: scale to the width, as in a justified gallery
    return cv2.resize(row, (width, round(row.shape[0] * width / row.shape[1])), interpolation=cv2.INTER_AREA)


def draw_person(image: np.ndarray, entry: Dict[str, Any]) -> None:
    """Draw one annotation on an image enlarged by 2, in place."""
    x, y, w, h = (round(v * _ZOOM) for v in entry["bbox"])
    cv2.rectangle(
        image, (x, y), (x + w, y + h), (0, 215, 255) if not entry["iscrowd"] else (160, 160, 160), 1, cv2.LINE_AA
    )
    points = np.array(entry["keypoints"], float).reshape(17, 3)
    at = [(round((px + 0.25) * _ZOOM), round((py + 0.25) * _ZOOM)) for px, py, _ in points]
    for a, b in SKELETON:
        if points[a, 2] and points[b, 2]:
            sides = {a % 2, b % 2} if min(a, b) > 0 else {2}  # left joints are odd; the nose is neither
            colour = LEFT if sides == {1} else RIGHT if sides == {0} else MIDDLE
            cv2.line(image, at[a], at[b], colour, 2, cv2.LINE_AA)
    for (_, _, flag), p in zip(points, at):
        if flag == 2:
            cv2.circle(image, p, 4, VISIBLE, -1, cv2.LINE_AA)
        elif flag == 1:
            cv2.circle(image, p, 4, HIDDEN, 2, cv2.LINE_AA)
