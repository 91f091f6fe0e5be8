"""Object keypoint similarity (OKS), in its two flavours.

`oks_ground_truth_pairs` and `oks_ground_truth_matrix` are COCOeval's, between annotated people and
detections (pycocotools ``COCOeval.computeOks``; Ronchi and Perona, "Benchmarking and Error Diagnosis in
Multi-Instance Pose Estimation", ICCV 2017). `oks_detection_matrix` is HRNet's, among detections, for
non-maximum suppression (leoxiaobin/deep-high-resolution-net.pytorch, ``lib/nms/nms.py``).
"""

import numpy as np

from zoo_common.keypoints.coco17 import SIGMAS

_CHUNK = 8192
_EPSILON = np.spacing(1)


def oks_ground_truth_matrix(
    detections: np.ndarray,
    keypoints: np.ndarray,
    boxes: np.ndarray,
    areas: np.ndarray,
    sigmas: np.ndarray = SIGMAS,
) -> np.ndarray:
    """Return COCOeval's OKS between every detection and every annotated person.

    Args:
        detections: [D, J, 2 or more], x and y in pixels; further columns are not used.
        keypoints: [G, J, 3], x, y and visibility (0: not labelled).
        boxes: [G, 4], x, y, width, height in pixels.
        areas: [G], the annotations' ``area`` (of the segment, not of the box), pixels squared.
        sigmas: [J].

    Returns:
        float64 [D, G]. Joints that are not labelled do not count. For a person without any labelled joint
        a joint's distance is that to the box enlarged by its own size on each side, over all joints.
    """
    people, found = len(keypoints), len(detections)
    rows, columns = np.repeat(np.arange(found), people), np.tile(np.arange(people), found)
    pairs = oks_ground_truth_pairs(detections, keypoints, boxes, areas, rows, columns, sigmas)
    return pairs.reshape(found, people)


def oks_ground_truth_pairs(
    detections: np.ndarray,
    keypoints: np.ndarray,
    boxes: np.ndarray,
    areas: np.ndarray,
    rows: np.ndarray,
    columns: np.ndarray,
    sigmas: np.ndarray = SIGMAS,
) -> np.ndarray:
    """Return `oks_ground_truth_matrix` at chosen pairs only, bit-equal to pycocotools.

    Args:
        detections: as there; so are keypoints, boxes, areas and sigmas.
        keypoints: as there.
        boxes: as there.
        areas: as there.
        rows: integers [P], the pairs' detections.
        columns: integers [P], the pairs' people.
        sigmas: as there.

    Returns:
        float64 [P].
    """
    xy = np.asarray(detections, np.float64)[:, :, :2]
    keypoints = np.asarray(keypoints, np.float64)
    boxes = np.asarray(boxes, np.float64)
    areas = np.asarray(areas, np.float64)
    variances = (np.asarray(sigmas, np.float64) * 2) ** 2
    labelled = keypoints[:, :, 2] > 0 if len(keypoints) else np.zeros((0, len(variances)), bool)
    counts = labelled.sum(axis=1)
    # Pairs are taken by the number of labelled joints: each sum then runs over a contiguous row of just
    # those joints, so that NumPy adds them in the order in which COCOeval's one-dimensional sum does.
    result = np.empty(len(rows), np.float64)
    for count in np.unique(counts):
        members = np.flatnonzero(counts[columns] == count)
        for start in range(0, len(members), _CHUNK):
            part = members[start : start + _CHUNK]
            people, found = columns[part], xy[rows[part]]
            if count:
                joints = np.nonzero(labelled[people])[1].reshape(-1, count)
                each = np.arange(len(part))[:, None]
                delta = found[each, joints] - keypoints[people[:, None], joints, :2]
                scale = variances[joints]
            else:
                delta = _outside_doubled_box(found, boxes[people])
                scale = variances
            error = (delta[..., 0] ** 2 + delta[..., 1] ** 2) / scale / (areas[people] + _EPSILON)[:, None] / 2
            result[part] = np.sum(np.exp(-error), axis=1) / error.shape[1]
    return result


def oks_detection_matrix(keypoints: np.ndarray, areas: np.ndarray, sigmas: np.ndarray = SIGMAS) -> np.ndarray:
    """Return HRNet's OKS between all detections of an image: every joint counts, scaled by the mean of both areas.

    Args:
        keypoints: [N, J, 2 or more], x and y in pixels.
        areas: [N], pixels squared.
        sigmas: [J].

    Returns:
        float64 [N, N], symmetric.
    """
    xy = np.asarray(keypoints, np.float64)[:, :, :2]
    areas = np.asarray(areas, np.float64)
    delta = xy[:, None] - xy[None, :]
    scale = ((areas[:, None] + areas[None, :]) / 2 + _EPSILON)[:, :, None]
    error = (delta[..., 0] ** 2 + delta[..., 1] ** 2) / (np.asarray(sigmas, np.float64) * 2) ** 2 / scale / 2
    return np.sum(np.exp(-error), axis=2) / error.shape[2]


def _outside_doubled_box(xy: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    low = boxes[:, :2] - boxes[:, 2:]
    high = boxes[:, :2] + boxes[:, 2:] * 2
    return np.maximum(0, low[:, None] - xy) + np.maximum(0, xy - high[:, None])
