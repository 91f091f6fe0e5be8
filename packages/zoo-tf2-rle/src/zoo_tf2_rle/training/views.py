"""Random views of a person as the official recipe draws them: half bodies, size, turn, mirror."""

from typing import NamedTuple, Optional, Sequence, Tuple

import numpy as np

from zoo_common.crops import crop_matrix
from zoo_common.training.views import turn
from zoo_tf2_rle.training.config import Augmentation, Options

LEAST_JOINTS = 3
"""Of a half body."""


class View(NamedTuple):
    """Where to look.

    Attributes:
        matrix: float64 [2, 3], image pixels to crop pixels, before the mirror.
        mirrored: whether the crop is mirrored afterwards.
    """

    matrix: np.ndarray
    mirrored: bool


def random_view(
    centre: np.ndarray,
    scale: np.ndarray,
    joints: np.ndarray,
    labelled: np.ndarray,
    options: Tuple[Augmentation, Options],
    size: Tuple[int, int],
    random: np.random.Generator,
) -> View:
    """Draw a view of a person.

    Args:
        centre, scale: float32 [2], the evaluation's crop.
        joints, labelled: float32 [17, 2] in image pixels and bool [17].
        size: height and width of the crop.
        random: advanced by the same number of draws whatever they give.
    """
    augmentation, own = options
    half, upper, turned, mirrored = random.random(4)
    zoom, angle = random.standard_normal(2)
    if labelled.sum() > augmentation.HALF_BODY_MIN_KP and half < augmentation.HALF_BODY_PROB:
        aspect = size[1] / size[0]
        cut = half_body(joints, labelled, augmentation.KP_UPPER, upper < 0.5, aspect, own.HALF_BODY_MARGIN)
        centre, scale = (centre, scale) if cut is None else cut
    factor = augmentation.SCALE_FACTOR
    scale = scale * np.float32(np.clip(1 + factor * zoom, 1 - factor, 1 + factor))
    matrix = crop_matrix(centre, scale, size)
    if turned < augmentation.ROT_PROB:
        largest = 2 * augmentation.ROT_FACTOR
        matrix = turn(matrix, float(np.clip(augmentation.ROT_FACTOR * angle, -largest, largest)), size)
    return View(matrix, bool(mirrored < augmentation.FLIP_PROB))


def half_body(
    joints: np.ndarray, labelled: np.ndarray, upper_joints: Sequence[int], upper: bool, aspect: float, margin: float
) -> Optional[Tuple[np.ndarray, np.ndarray]]:
    """Return centre and scale, float32 [2] each, of the crop around the upper or lower body.

    The half that has too few labelled joints gives way to the other; None where both have. A half without extent gives
    None too.

    Args:
        aspect: width over height of the crop.
        margin: of the crop's sides over the joints' extent.
    """
    above = np.isin(np.arange(len(joints)), upper_joints)
    halves = [labelled & above, labelled & ~above]
    first, second = halves if upper else halves[::-1]
    chosen = first if first.sum() >= LEAST_JOINTS else second
    if chosen.sum() < LEAST_JOINTS:
        return None
    points = joints[chosen]
    width, height = points.max(axis=0) - points.min(axis=0)
    width, height = max(width, height * aspect), max(height, width / aspect)
    if not width > 0:
        return None
    return points.mean(axis=0), np.array([width, height], np.float32) * np.float32(margin)
