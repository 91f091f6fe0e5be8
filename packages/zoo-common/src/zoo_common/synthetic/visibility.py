"""Which joints a viewer sees: COCO's flags 0 (not labelled), 1 (labelled, hidden) and 2 (visible).

A joint outside the picture is 0. Inside, it is 2 where most of the paint around it belongs to the joint's own
limb, 1 where something hides it that leaves the body close by to infer it from (for elbows, wrists, knees and
ankles: their own limb), and 0 where nothing of it shows nearby. Parts of a face that is turned away are 0, as
annotators leave them.
"""

from typing import Tuple

import numpy as np

from zoo_common.synthetic.canvas import PARTS
from zoo_common.synthetic.figure import ARM, HEAD, LEG, SKIRT, TORSO
from zoo_common.synthetic.skeleton import Body

SHOWN, INFERABLE = 0.3, 0.12
_FACE_HIDDEN, _FACE_AWAY = -0.12, -0.3  # depth on the unit head: beyond the rim, beyond guessing
_FAR = 0.05  # of stature: a shoulder or hip this far behind the trunk's middle is hidden by it


def _own_parts(joint: int, far: bool) -> Tuple[int, ...]:
    side = (joint - 1) % 2  # odd COCO numbers are left
    if joint < 5:
        return (HEAD,)
    if joint < 11:
        return (ARM[side],) if joint > 6 or far else (ARM[side], TORSO)
    return (LEG[side],) if joint > 12 or far else (LEG[side], TORSO, SKIRT)


def _table(far: bool) -> np.ndarray:
    return np.array([[part in _own_parts(joint, far) for part in range(PARTS)] for joint in range(17)])


_NEAR_PARTS, _FAR_PARTS = _table(False), _table(True)
_DISTAL = np.isin(np.arange(17), (7, 8, 9, 10, 13, 14, 15, 16))
_DISC = np.array([(x, y) for x in np.linspace(-1, 1, 7) for y in np.linspace(-1, 1, 7) if x * x + y * y <= 1.01])


def keypoints_of(body: Body, ids: np.ndarray, instance: int) -> np.ndarray:
    """Judge the joints of a drawn body.

    Args:
        ids: (h, w) uint16 record of the finished canvas.
        instance: whose joints these are.

    Returns:
        (17, 3) float64: x, y rounded to a tenth of a pixel, and flag; zeros where the flag is 0.
    """
    height, width = ids.shape
    joints = body.joints
    inside = (joints[:, 0] >= 0) & (joints[:, 0] <= width - 1) & (joints[:, 1] >= 0) & (joints[:, 1] <= height - 1)
    far = joints[:, 2] < joints[[5, 6, 11, 12], 2].mean() - _FAR * body.size

    near = _sample(ids, joints, max(1.0, 0.016 * body.size))
    owned = np.where(far[:, None], _FAR_PARTS, _NEAR_PARTS)[np.arange(17)[:, None], near % PARTS]
    shown = ((near // PARTS == instance) & owned).mean(axis=1) > SHOWN
    around = _sample(ids, joints, max(2.0, INFERABLE * body.size))
    own = np.where(_DISTAL[:, None], _NEAR_PARTS[np.arange(17)[:, None], around % PARTS], True)
    flags = np.where(shown, 2, np.where(((around // PARTS == instance) & own).mean(axis=1) > 0.08, 1, 0))
    flags[:5][body.face_depth < _FACE_HIDDEN] = np.minimum(flags[:5], 1)[body.face_depth < _FACE_HIDDEN]
    flags[:5][body.face_depth < _FACE_AWAY] = 0
    flags[~inside] = 0
    found = np.column_stack([np.round(joints[:, :2], 1), flags])
    return np.where(flags[:, None] > 0, found, 0.0)


def _sample(ids: np.ndarray, joints: np.ndarray, radius: float) -> np.ndarray:
    """Return (17, n) records on a disc around every joint; the picture's border is repeated outside."""
    at = np.round(joints[:, None, :2] + radius * _DISC).astype(int)
    return ids[at[..., 1].clip(0, ids.shape[0] - 1), at[..., 0].clip(0, ids.shape[1] - 1)]
