"""How alike detections and annotations are, at chosen pairs only."""

import itertools
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

import numpy as np

from zoo_common.keypoints.oks import oks_ground_truth_pairs

Pairs = Tuple[np.ndarray, np.ndarray]


class Shapes(NamedTuple):
    """Boxes float64 [N, 4] (x, y, width, height) and keypoints float64 [N, 17, 3], None for boxes."""

    boxes: np.ndarray
    keypoints: Optional[np.ndarray]


def shapes_of(entries: List[Dict[str, Any]], type: str) -> Shapes:
    """Return the shapes of detections or annotations; a pose without a box gets the extent of all its joints.

    That is how COCO's ``loadRes`` completes results, and so their areas.
    """
    keypoints = (
        _array([entry["keypoints"] for entry in entries], 51).reshape(-1, 17, 3) if type == "keypoints" else None
    )
    if keypoints is None or (entries and entries[0].get("bbox")):
        return Shapes(_array([entry["bbox"] for entry in entries], 4), keypoints)
    low, high = keypoints[:, :, :2].min(axis=1), keypoints[:, :, :2].max(axis=1)
    return Shapes(np.hstack([low, high - low]), keypoints)


def pair_similarity(detections: Shapes, annotations: Shapes, areas: np.ndarray, crowd: np.ndarray, pairs: Pairs) -> Any:
    """Return IoU, or OKS where there are keypoints, of pairs.

    Args:
        detections: D shapes.
        annotations: G shapes.
        areas: float64 [G], the annotations' ``area``.
        crowd: bool [G].
        pairs: two integer arrays [P], indices into detections and annotations.

    Returns:
        float64 [P].
    """
    if detections.keypoints is None or annotations.keypoints is None:
        return _box_iou(detections.boxes, annotations.boxes, crowd, pairs)
    return oks_ground_truth_pairs(detections.keypoints, annotations.keypoints, annotations.boxes, areas, *pairs)


def _array(rows: List[List[float]], width: int) -> np.ndarray:
    flat = np.fromiter(itertools.chain.from_iterable(rows), np.float64, len(rows) * width)
    return flat.reshape(-1, width)


def _box_iou(found: np.ndarray, truth: np.ndarray, crowd: np.ndarray, pairs: Pairs) -> np.ndarray:
    # pycocotools maskApi.c, bbIou: with a crowd the union is the detection's own area.
    d, g = found[pairs[0]], truth[pairs[1]]
    width = np.minimum(d[:, 0] + d[:, 2], g[:, 0] + g[:, 2]) - np.maximum(d[:, 0], g[:, 0])
    height = np.minimum(d[:, 1] + d[:, 3], g[:, 1] + g[:, 3]) - np.maximum(d[:, 1], g[:, 1])
    overlap = np.where((width > 0) & (height > 0), width * height, 0.0)
    own = d[:, 2] * d[:, 3]
    union = np.where(crowd[pairs[1]], own, own + g[:, 2] * g[:, 3] - overlap)
    return np.divide(overlap, union, out=np.zeros_like(overlap), where=overlap > 0)
