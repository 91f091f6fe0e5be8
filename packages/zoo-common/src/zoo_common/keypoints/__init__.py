"""Keypoints: COCO-17's names and constants, object keypoint similarity, OKS-NMS."""

from zoo_common.keypoints.coco17 import FLIP_PAIRS, NAMES, SIGMAS, SKELETON
from zoo_common.keypoints.nms import oks_nms, soft_oks_nms
from zoo_common.keypoints.oks import oks_detection_matrix, oks_ground_truth_matrix

__all__ = [
    "FLIP_PAIRS",
    "NAMES",
    "SIGMAS",
    "SKELETON",
    "oks_detection_matrix",
    "oks_ground_truth_matrix",
    "oks_nms",
    "soft_oks_nms",
]
