"""A jointed body in three dimensions: angles in, the 17 COCO keypoints out.

The body's frame has x towards its own left, y up and z forward; lengths are fractions of its stature.
Limb directions are given by two angles in degrees: `swing` forward and `spread` outward from hanging down.
The picture is an orthographic view, so that a turn of the body shows as foreshortening and depth order.
"""

from typing import NamedTuple, Tuple

import numpy as np

HEAD_RADIUS = (0.082, 0.1)  # of stature: half width, half height
_TOES = np.array([[0.35, 0.0, 1.0], [-0.35, 0.0, 1.0]])  # turned out a little
# azimuth towards the wearer's left and elevation, degrees, of nose, left eye, right eye, left ear, right ear
FACE = ((0, -9), (25, 9), (-25, 9), (88, 1), (-88, 1))


_FACE_ANGLES = np.array(FACE, float).T


class Arm(NamedTuple):
    """Degrees: upper arm and forearm, each by swing and spread."""

    swing: float
    spread: float
    fore_swing: float
    fore_spread: float


class Leg(NamedTuple):
    """Degrees: thigh swing and spread, and the bend of the knee."""

    swing: float
    spread: float
    knee: float


class Pose(NamedTuple):
    """Everything about a body but its place, size and looks. Limbs are (left, right)."""

    name: str
    arms: Tuple[Arm, Arm]
    legs: Tuple[Leg, Leg]
    yaw: float  # degrees; 0 faces the viewer, 90 faces the right border
    lean: float = 0.0  # degrees, forward
    sway: float = 0.0  # degrees, to the body's left
    head_yaw: float = 0.0
    head_roll: float = 0.0
    lift: float = 0.0  # of stature, above the ground


class Body(NamedTuple):
    """A posed body as seen: (x right, y down, depth towards the viewer), lengths in pixels."""

    joints: np.ndarray  # (17, 3), COCO order
    toes: np.ndarray  # (2, 3), left and right
    head: np.ndarray  # (3,), centre of the head
    neck: np.ndarray  # (3,)
    size: float  # pixels per stature
    turn: float  # radians, where the face points; 0 is the viewer
    roll: float  # radians, head tilt in the picture, clockwise
    face_depth: np.ndarray  # (5,), 1 towards the viewer, -1 away: nose, eyes, ears


def directions(angles: np.ndarray) -> np.ndarray:
    """Return (n, 3) unit vectors in the body's frame of (n, 2) swings and spreads, left and right in turn."""
    swing, spread = np.radians(angles).T
    side = np.where(np.arange(len(angles)) % 2 == 0, 1.0, -1.0)
    flat = np.cos(spread)
    return np.stack([side * np.sin(spread), -flat * np.cos(swing), flat * np.sin(swing)], axis=1)


def on_head(body_turn: float, azimuth: np.ndarray, elevation: np.ndarray) -> np.ndarray:
    """Return (n, 3) points of the unit head: right, up, towards the viewer. Angles in degrees, turn in radians."""
    az, el = np.radians(azimuth) + body_turn, np.radians(elevation)
    flat = np.cos(el)
    found = np.empty((*az.shape, 3))
    found[..., 0], found[..., 1], found[..., 2] = np.sin(az) * flat, np.sin(el), np.cos(az) * flat
    return found


def head_to_picture(body: "Body", points: np.ndarray, head_scale: float) -> np.ndarray:
    """Return (n, 2) picture coordinates of points of the unit head."""
    rx, ry = HEAD_RADIUS[0] * body.size * head_scale, HEAD_RADIUS[1] * body.size * head_scale
    x, y = points[..., 0] * rx, -points[..., 1] * ry
    c, s = np.cos(body.roll), np.sin(body.roll)
    return np.stack([body.head[0] + c * x - s * y, body.head[1] + s * x + c * y], axis=-1)


def move(body: "Body", x: float) -> "Body":
    """Return the body moved right by x pixels."""
    step = np.array([x, 0.0, 0.0])
    return body._replace(joints=body.joints + step, toes=body.toes + step, head=body.head + step, neck=body.neck + step)


def pose_body(pose: Pose, x: float, y: float, size: float, head_scale: float = 1.0, width: float = 1.0) -> Body:
    """Place a posed body with its feet on the ground at picture point (x, y).

    Args:
        size: stature in pixels.
        head_scale: head size against an adult's; children have larger heads.
        width: shoulder and hip width against the average.
    """
    lean, sway = np.radians(pose.lean), np.radians(pose.sway)
    bend = np.array([[1, 0, 0], [0, np.cos(lean), -np.sin(lean)], [0, np.sin(lean), np.cos(lean)]])
    tilt = np.array([[np.cos(sway), np.sin(sway), 0], [-np.sin(sway), np.cos(sway), 0], [0, 0, 1]])
    trunk = tilt.dot(bend)

    (la, ra), (ll, rl) = pose.arms, pose.legs
    upper = np.array([la[:2], ra[:2], la[2:], ra[2:]])
    lower = np.array([ll[:2], rl[:2], (ll[0] - ll[2], 0.6 * ll[1]), (rl[0] - rl[2], 0.6 * rl[1])])
    ways = directions(np.concatenate([upper, lower]))
    ways[:4] = ways[:4].dot(trunk.T)
    points = np.zeros((21, 3))  # 17 joints, two toes, neck, head
    points[[5, 6, 19]] = np.array([(0.118 * width, 0.285, 0.0), (-0.118 * width, 0.285, 0), (0, 0.315, 0)]).dot(trunk.T)
    points[7:9] = points[5:7] + ways[0:2] * 0.165
    points[9:11] = points[7:9] + ways[2:4] * 0.15
    points[11:13, 0] = 0.066 * width, -0.066 * width
    points[13:15] = points[11:13] + ways[4:6] * 0.235
    shin = ways[6:8]
    points[15:17] = points[13:15] + shin * 0.22
    toe = _TOES - shin * (shin * _TOES).sum(axis=1, keepdims=True)  # at right angles to the shin
    points[17:19] = points[15:17] + toe / (np.sqrt((toe * toe).sum(axis=1, keepdims=True)) + 1e-6) * 0.075 + shin * 0.02
    points[20] = points[19] + trunk.dot((0.0, 0.03 + 0.095 * head_scale, 0.012))

    points[:, 1] += pose.lift + 0.04 - points[15:19, 1].min()
    yaw, pitch = np.radians(pose.yaw), np.radians(7.0)  # the camera looks down a little
    cy, sy, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    view = np.array([[cy, -sy * sp, -sy * cp], [0, -cp, sp], [sy, cy * sp, cy * cp]])
    seen = points.dot(view * size) + (x, y, 0.0)
    turn = yaw + np.radians(pose.head_yaw)
    roll = np.radians(pose.head_roll) + sway * np.cos(yaw) + lean * np.sin(yaw) * 0.7
    result = Body(seen[:17], seen[17:19], seen[20], seen[19], size, float(turn), float(roll), np.zeros(5))
    face = on_head(result.turn, *_FACE_ANGLES)
    seen[:5, :2] = head_to_picture(result, face, head_scale)
    seen[:5, 2] = seen[20, 2] + face[:, 2] * HEAD_RADIUS[0] * size
    return result._replace(face_depth=face[:, 2])
