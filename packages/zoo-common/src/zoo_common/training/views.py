"""Random views of a person: the evaluation's crop, moved, zoomed, turned, mirrored and lit differently."""

from typing import Tuple

import cv2
import numpy as np

from zoo_common.crops import crop_matrix, warp
from zoo_common.keypoints import FLIP_PAIRS
from zoo_common.training.people import Person
from zoo_common.training.recipe import Recipe

MIRRORED = np.arange(17)
for _left, _right in FLIP_PAIRS:
    MIRRORED[[_left, _right]] = _right, _left


def random_view(
    person: Person, recipe: Recipe, size: Tuple[int, int], random: np.random.Generator
) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw one view of a person.

    Args:
        size: ``(height, width)`` of the crop.
        random: advanced by the same number of draws whatever they give.

    Returns:
        uint8 BGR crop ``[height, width, 3]``; float32 joints ``[17, 2]`` in crop pixels; bool ``[17]``, the
        joints that are labelled and inside the crop.
    """
    height, width = size
    dx, dy, zoom, angle, gain, lift = random.uniform(-1, 1, 6)
    turned, flipped = random.random(2) < (recipe.rotated, recipe.flip)
    centre = person.centre + np.float32(recipe.shift) * person.scale * np.array([dx, dy], np.float32)
    matrix = crop_matrix(centre, person.scale * np.float32(1 + recipe.zoom * zoom), size)
    if turned:
        matrix = turn(matrix, recipe.rotation * angle, size)
    crop = warp(person.image, matrix, size)
    joints = person.joints @ matrix[:, :2].T + matrix[:, 2]
    labelled = person.labelled
    if flipped:
        crop = crop[:, ::-1]
        joints, labelled = joints[MIRRORED], labelled[MIRRORED]
        joints[:, 0] = width - 1 - joints[:, 0]
    inside = ((joints >= 0) & (joints < (width, height))).all(axis=1)
    crop = cv2.LUT(np.ascontiguousarray(crop), light(1 + recipe.brightness * gain, 40 * recipe.brightness * lift))
    return crop, joints.astype(np.float32), labelled & inside


def turn(matrix: np.ndarray, degrees: float, size: Tuple[int, int]) -> np.ndarray:
    """Return the affine matrix ``[2, 3]`` followed by a turn about the crop's centre."""
    rotation = cv2.getRotationMatrix2D((size[1] * 0.5, size[0] * 0.5), degrees, 1.0)
    return rotation @ np.vstack([matrix, [0.0, 0.0, 1.0]])


def light(gain: float, lift: float) -> np.ndarray:
    """Return the table uint8 ``[256]`` that multiplies pixels by ``gain`` and adds ``lift``."""
    return np.clip(np.rint(np.arange(256) * gain + lift), 0, 255).astype(np.uint8)
