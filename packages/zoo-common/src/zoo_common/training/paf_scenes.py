"""Whole photographs with everyone on them, held in memory so that every view of them costs one warp."""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
from pycocotools import mask as run_lengths
from tqdm import tqdm

from zoo_common.coco import CocoDataset, read_image
from zoo_common.errors import ZooError
from zoo_common.paf import TO_COCO
from zoo_common.paf.skeleton import NECK

SHOULDERS = (5, 6)
"""COCO's indices; the neck lies half-way."""
HALF_PIXEL = 0.5
"""Decoding takes this from a peak's place: a peak must lie that far beyond what is annotated."""


class Scene(NamedTuple):
    """One photograph.

    Attributes:
        image: uint8 BGR ``[H, W, 3]``.
        joints: float32 ``[P, 18, 2]``, x and y where a heatmap's peak belongs, in image pixels; the order of
            `zoo_common.paf.JOINTS`.
        labelled: bool ``[P, 18]``, annotated joints (visible or hidden).
        unknown: uint8 ``[H, W]``, 255 on people whose joints are not annotated, where nothing can be taught; None
            if there are none.
    """

    image: np.ndarray
    joints: np.ndarray
    labelled: np.ndarray
    unknown: Optional[np.ndarray]


def read_scenes(dataset: CocoDataset, progress: bool = True) -> List[Scene]:
    """Read all photographs, those without people too.

    Memory: the decoded photographs, about 0.6 GB for the 1,600 of the embedded dataset.

    Raises:
        ZooError: nobody is annotated, or a photograph cannot be read.
    """
    scenes = []
    for info in tqdm(dataset.images, unit="image", desc="reading", disable=not progress):
        image = read_image(dataset.image_path(info))
        people, others = [], []
        for entry in dataset.annotations(info.id):
            known = entry.get("num_keypoints", 0) > 0 and not entry.get("iscrowd", 0)
            (people if known else others).append(entry)
        joints, labelled = joints_of(people)
        scenes.append(Scene(image, joints, labelled, unknown_people(others, image.shape[:2])))
    if not any(len(scene.joints) for scene in scenes):
        raise ZooError("{}: nobody with keypoints to train on".format(dataset.annotation_file))
    return scenes


def joints_of(people: Sequence[Dict[str, Any]]) -> Tuple[np.ndarray, np.ndarray]:
    """Return ``joints`` and ``labelled`` of a `Scene`; a neck is labelled where both shoulders are."""
    rows = np.asarray([entry["keypoints"] for entry in people], np.float32).reshape(-1, 17, 3)
    shoulders = rows[:, SHOULDERS]
    joints, labelled = rows[:, TO_COCO, :2], rows[:, TO_COCO, 2] > 0
    joints[:, NECK] = shoulders[..., :2].mean(axis=1)
    labelled[:, NECK] = (shoulders[..., 2] > 0).all(axis=1)
    return joints + np.float32(HALF_PIXEL), labelled


def unknown_people(others: Sequence[Dict[str, Any]], size: Tuple[int, int]) -> Optional[np.ndarray]:
    """Return the outlines of people without joints, filled with 255: uint8 ``[H, W]``; None if there are none."""
    if not others:
        return None
    covered = np.zeros(size, np.uint8)
    for entry in others:
        covered[run_lengths.decode(_encoded(entry, size)) > 0] = 255
    return covered


def _encoded(entry: Dict[str, Any], size: Tuple[int, int]) -> Dict[str, Any]:
    outline = entry.get("segmentation")
    if not outline:
        x, y, w, h = entry["bbox"]
        outline = [[x, y, x + w, y, x + w, y + h, x, y + h]]
    if isinstance(outline, dict):
        packed = isinstance(outline["counts"], (str, bytes))
        return outline if packed else run_lengths.frPyObjects(outline, *size)
    return run_lengths.merge(run_lengths.frPyObjects(outline, *size))
