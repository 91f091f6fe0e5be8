"""Bodies and what a viewer sees of them: left and right, front and back, hidden and outside."""

import numpy as np
import pytest

from zoo_common.synthetic import poses
from zoo_common.synthetic.canvas import PARTS, Canvas
from zoo_common.synthetic.figure import Figure
from zoo_common.synthetic.skeleton import Arm, Leg, Pose, move, pose_body
from zoo_common.synthetic.visibility import keypoints_of
from zoo_common.synthetic.wardrobe import random_look

NOSE, LEFT_EAR, RIGHT_EAR, LEFT_SHOULDER, RIGHT_SHOULDER = 0, 3, 4, 5, 6


def plain_pose(yaw):
    arms = (Arm(0, 40, 0, 40), Arm(0, 40, 0, 40))
    return Pose("stand", arms, (Leg(0, 8, 0), Leg(0, 8, 0)), yaw=yaw)


def draw(yaw, x=100.0, block=None):
    look = random_look(np.random.default_rng(5))._replace(hat=None, style="short")
    canvas = Canvas(np.full((240, 200, 3), 200, np.uint8))
    body = pose_body(plain_pose(yaw), x, 215.0, 190.0)
    Figure(body, look, 1.0).draw(canvas, 1)
    if block is not None:
        canvas.pen(2)
        canvas.fill(np.array(block, float), (0, 0, 0))
    return body, keypoints_of(body, canvas.finish()[1], 1), canvas


def test_left_and_right():
    _, front, _ = draw(0)
    _, back, _ = draw(180)
    assert front[LEFT_SHOULDER, 0] > front[RIGHT_SHOULDER, 0]  # facing us, their left is on our right
    assert back[LEFT_SHOULDER, 0] < back[RIGHT_SHOULDER, 0]


def test_face_turned_away_is_not_labelled():
    assert (draw(0)[1][:3, 2] == 2).all()
    assert (draw(180)[1][:3, 2] == 0).all()


@pytest.mark.parametrize("yaw,near,far", [(90, RIGHT_EAR, LEFT_EAR), (-90, LEFT_EAR, RIGHT_EAR)])
def test_profile_shows_one_ear(yaw, near, far):
    body, points, _ = draw(yaw)
    assert points[near, 2] == 2
    assert points[far, 2] == 0
    towards = np.sign(points[NOSE, 0] - body.head[0])
    assert towards == np.sign(yaw)  # 90 degrees faces the right border


def test_plain_front_view_shows_every_joint():
    assert (draw(10)[1][5:, 2] == 2).all()


def test_hidden_by_something_is_one():
    _, clear, _ = draw(0)
    x, y = clear[LEFT_SHOULDER, :2]
    _, points, _ = draw(0, block=[(x - 9, y - 9), (x + 9, y - 9), (x + 9, y + 9), (x - 9, y + 9)])
    assert points[LEFT_SHOULDER, 2] == 1
    assert points[RIGHT_SHOULDER, 2] == 2
    assert points[LEFT_SHOULDER, :2].tolist() == [x, y]


def test_nothing_near_to_infer_from_is_zero():
    _, points, _ = draw(0, block=[(0, 130), (200, 130), (200, 240), (0, 240)])
    assert (points[15:, 2] == 0).all()


def test_outside_the_picture_is_zero():
    body, points, _ = draw(0, x=0.0)
    outside = body.joints[:, 0] < 0
    assert outside.any()
    assert (points[outside] == 0).all()


def test_every_pose_is_drawn_within_reach():
    rng = np.random.default_rng(2)
    for make, _ in poses.POSES.values():
        body = pose_body(make(rng), 0.0, 200.0, 100.0)
        assert np.ptp(body.joints[:, 1]) < 140
        assert body.joints[15:, 1].max() <= 205
        moved = move(body, 30.0)
        assert np.allclose(moved.joints - body.joints, [30.0, 0.0, 0.0])


def test_canvas_records_what_is_on_top():
    canvas = Canvas(np.zeros((20, 30, 3), np.uint8))
    canvas.pen(1, 2)
    canvas.ellipse(10, 10, 6, 6, (255, 255, 255))
    canvas.pen(2, 3)
    canvas.ellipse(14, 10, 3, 3, (9, 9, 9))
    image, ids = canvas.finish()
    assert image.shape == (20, 30, 3)
    assert ids[10, 7] == PARTS + 2
    assert ids[10, 14] == 2 * PARTS + 3
    assert ids[1, 1] == 0
