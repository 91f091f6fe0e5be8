"""How well each annotation was found, whoever COCO's matching gave it to: its nearest detection, joint by joint."""

from typing import NamedTuple, Tuple

import numpy as np

from zoo_common.keypoints.coco17 import SIGMAS
from zoo_common.metrics.similarity import Pairs, Shapes

_EPSILON = np.spacing(1)


class Nearest(NamedTuple):
    """Of each annotation: index of the most similar detection int32 [G], or -1; that similarity [G], or NaN."""

    detections: np.ndarray
    similarity: np.ndarray


def nearest(pairs: Pairs, similarity: np.ndarray, annotations: int) -> Nearest:
    """Return each annotation's most similar detection; of equals the first.

    Args:
        pairs: indices of detections and annotations, two integer arrays [P].
        similarity: float64 [P].
        annotations: G.
    """
    found, best = np.full(annotations, -1, np.int32), np.full(annotations, np.nan)
    order = np.lexsort((pairs[0], -similarity, pairs[1]))
    columns = pairs[1][order]
    first = order[np.diff(columns, prepend=-1) != 0]
    found[pairs[1][first]] = pairs[0][first]
    best[pairs[1][first]] = similarity[first]
    return Nearest(found, best)


def joint_errors(
    detections: Shapes, annotations: Shapes, areas: np.ndarray, partners: np.ndarray
) -> Tuple[np.ndarray, np.ndarray]:
    """Return each joint's own OKS and its distance in pixels, both float32 [G, J]; see `Matches`.

    Args:
        detections: D shapes.
        annotations: G shapes.
        areas: float64 [G], the annotations' ``area``.
        partners: int32 [G], index of a detection, or -1.
    """
    count = len(areas)
    if annotations.keypoints is None or detections.keypoints is None:
        return np.zeros((count, 0), np.float32), np.zeros((count, 0), np.float32)
    truth = annotations.keypoints
    delta = np.full(truth.shape[:2] + (2,), np.nan)
    have = partners >= 0
    delta[have] = detections.keypoints[partners[have], :, :2] - truth[have, :, :2]
    squared = (delta**2).sum(axis=2)
    similarity = np.exp(-squared / (2 * SIGMAS) ** 2 / 2 / (areas + _EPSILON)[:, None])
    similarity[~have] = 0.0
    labelled = truth[:, :, 2] > 0
    return (
        np.where(labelled, similarity, np.nan).astype(np.float32),
        np.where(labelled, np.sqrt(squared), np.nan).astype(np.float32),
    )
