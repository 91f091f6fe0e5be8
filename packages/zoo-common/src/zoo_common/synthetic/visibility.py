"""Which joints a viewer sees: COCO's flags 0 (not labelled), 1 (labelled, hidden) and 2 (visible).

A joint outside the picture is 0. Inside, it is 2 where most of the paint around it belongs to the joint's own
limb, 1 where something hides it that leaves the body close by to infer it from, and 0 where nothing of the
body shows nearby. Parts of a face that is turned away are 0, as annotators leave them.
"""

import numpy as np

from zoo_common.synthetic.canvas import PARTS
from zoo_common.synthetic.figure import ARM, HEAD, LEG, TORSO
from zoo_common.synthetic.skeleton import Body

SHOWN, INFERABLE = 0.3, 0.12
_FACE_HIDDEN, _FACE_AWAY = -0.12, -0.3  # depth on the unit head: beyond the rim, beyond guessing
_FAR = 0.05  # of stature: a shoulder or hip this far behind the trunk's middle is hidden by it


def _own_parts(joint: int, far: bool) -> "tuple[int, ...]":
    side = (joint - 1) % 2  # odd COCO numbers are left
    if joint < 5:
        return (HEAD,)
    if joint < 11:
        return (ARM[side],) if joint > 6 or far else (ARM[side], TORSO)
    return (LEG[side],) if joint > 12 or far else (LEG[side], TORSO)


def keypoints_of(body: Body, ids: np.ndarray, instance: int) -> np.ndarray:
    """Judge the joints of a drawn body.

    Args:
        ids: (h, w) uint16 record of the finished canvas.
        instance: whose joints these are.

    Returns:
        (17, 3) float64: x, y rounded to a tenth of a pixel, and flag; zeros where the flag is 0.
    """
    height, width = ids.shape
    result = np.zeros((17, 3))
    near = max(1.0, 0.016 * body.size)
    reach = max(2.0, INFERABLE * body.size)
    trunk = body.joints[[5, 6, 11, 12], 2].mean()
    for joint in range(17):
        x, y, depth = body.joints[joint]
        if not (0 <= x <= width - 1 and 0 <= y <= height - 1):
            continue
        hidden = False
        if joint < 5:
            if body.face_depth[joint] < _FACE_AWAY:
                continue
            hidden = body.face_depth[joint] < _FACE_HIDDEN
        far = joint in (5, 6, 11, 12) and depth < trunk - _FAR * body.size
        around = _window(ids, x, y, near)
        mine = (around // PARTS == instance) & np.isin(around % PARTS, _own_parts(joint, far))
        if not hidden and mine.mean() > SHOWN:
            flag = 2
        elif (_window(ids, x, y, reach) // PARTS == instance).mean() > 0.08:
            flag = 1
        else:
            continue
        result[joint] = round(float(x), 1), round(float(y), 1), flag
    return result


def _window(ids: np.ndarray, x: float, y: float, r: float) -> np.ndarray:
    y0, x0 = max(0, round(float(y - r))), max(0, round(float(x - r)))
    return ids[y0 : round(float(y + r)) + 1, x0 : round(float(x + r)) + 1]
