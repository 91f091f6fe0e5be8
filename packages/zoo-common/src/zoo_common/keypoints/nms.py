"""OKS non-maximum suppression among the people of one image (HRNet, ``lib/nms/nms.py``).

Unlike there, the sort is stable: of equal scores the earlier detection counts as the better one.
"""

from typing import Callable, Sequence, Tuple

import numpy as np

from zoo_common.keypoints.coco17 import SIGMAS
from zoo_common.keypoints.oks import oks_detection_matrix


def oks_nms(
    keypoints: np.ndarray,
    scores: np.ndarray,
    areas: np.ndarray,
    threshold: float = 0.9,
    sigmas: np.ndarray = SIGMAS,
) -> np.ndarray:
    """Keep the best person, drop all whose OKS with it is above the threshold, go on with the rest.

    Args:
        keypoints: [N, J, 2 or more], x and y in pixels.
        scores: [N].
        areas: [N], pixels squared.
        threshold: an OKS equal to it is kept.
        sigmas: [J].

    Returns:
        int64 indices of the kept ones, by falling score.
    """
    order = np.argsort(-np.asarray(scores, np.float64), kind="stable")
    close = oks_detection_matrix(np.asarray(keypoints)[order], np.asarray(areas)[order], sigmas) > threshold
    alive = np.ones(len(order), bool)
    for position in range(len(order)):
        if alive[position]:
            alive[position + 1 :] &= ~close[position, position + 1 :]
    return order[alive]


def soft_oks_nms(
    keypoints: np.ndarray,
    scores: np.ndarray,
    areas: np.ndarray,
    threshold: float = 0.9,
    sigmas: np.ndarray = SIGMAS,
    keep: int = 20,
) -> Tuple[np.ndarray, np.ndarray]:
    """Lower the scores of those near a better one, by exp(-OKS^2 / threshold), instead of dropping them.

    Args:
        keypoints: as `oks_nms`; so are scores, areas and sigmas.
        scores: as there.
        areas: as there.
        threshold: width of the Gaussian.
        sigmas: as there.
        keep: at most so many are kept.

    Returns:
        int64 indices of the kept ones in the order they were taken, and their lowered scores, float64.
    """
    left = np.array(scores, np.float64)
    factors = np.exp(-(oks_detection_matrix(keypoints, areas, sigmas) ** 2) / threshold)
    order = np.argsort(-left, kind="stable")
    taken = []
    while len(order) and len(taken) < keep:
        best, order = order[0], order[1:]
        taken.append(best)
        left[order] *= factors[best, order]
        order = order[np.argsort(-left[order], kind="stable")]
    kept = np.array(taken, np.int64)
    return kept, left[kept]


def per_image(image_ids: Sequence[int], suppress: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Run a suppression image by image.

    Args:
        image_ids: [N], the image of each detection, in any order.
        suppress: given the indices of one image's detections, returns those of them (by place) to keep.

    Returns:
        int64 indices of all kept detections, by ascending image id.
    """
    ids = np.asarray(image_ids, np.int64)
    order = np.argsort(ids, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(ids[order])) + 1) if len(ids) else []
    return np.concatenate([group[suppress(group)] for group in groups] or [np.empty(0, np.int64)]).astype(np.int64)
