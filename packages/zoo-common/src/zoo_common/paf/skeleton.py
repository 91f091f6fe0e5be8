"""The 18 joints and 19 limbs of part-affinity-field networks (OpenPose's COCO model), and how they map to COCO's 17."""

import numpy as np

JOINTS = (
    "nose",
    "neck",
    "right_shoulder",
    "right_elbow",
    "right_wrist",
    "left_shoulder",
    "left_elbow",
    "left_wrist",
    "right_hip",
    "right_knee",
    "right_ankle",
    "left_hip",
    "left_knee",
    "left_ankle",
    "right_eye",
    "left_eye",
    "right_ear",
    "left_ear",
)
NECK = 1

LIMBS = (
    (1, 2, 12),
    (1, 5, 20),
    (2, 3, 14),
    (3, 4, 16),
    (5, 6, 22),
    (6, 7, 24),
    (1, 8, 0),
    (8, 9, 2),
    (9, 10, 4),
    (1, 11, 6),
    (11, 12, 8),
    (12, 13, 10),
    (1, 0, 28),
    (0, 14, 30),
    (14, 16, 34),
    (0, 15, 32),
    (15, 17, 36),
    (2, 16, 18),
    (5, 17, 26),
)
"""Start joint, end joint and x channel of the field (y is the next one), in the order people are assembled."""

FIRST_EAR_TO_SHOULDER = 17
"""The limbs from here on join people but never found one."""

HEATMAPS = 19
"""Channels: the joints, then the background, which decoding ignores."""
PAFS = 2 * len(LIMBS)

TO_COCO = np.array([0, -1, 6, 8, 10, 5, 7, 9, 12, 14, 16, 11, 13, 15, 2, 1, 4, 3])
"""int [18]: index of each joint in `zoo_common.keypoints.NAMES`; -1 for the neck, which COCO lacks."""
TO_COCO.setflags(write=False)
