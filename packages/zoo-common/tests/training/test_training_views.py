"""Views and targets: the joints move with the picture."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo_common.crops import crop_matrix, warp
from zoo_common.heatmaps import argmax
from zoo_common.keypoints import NAMES
from zoo_common.training.people import Person
from zoo_common.training.recipe import Recipe
from zoo_common.training.targets import gaussian_maps
from zoo_common.training.views import MIRRORED, random_view

SIZE = (128, 96)


def person_with_dot(joint=9):
    """One white dot in the dark, and a joint in its middle."""
    image = np.zeros((200, 200, 3), np.uint8)
    image[97:104, 107:114] = 255
    joints = np.full((17, 2), 100, np.float32)
    joints[joint] = 110, 100
    return Person(image, np.array([100, 100], np.float32), np.array([120, 160], np.float32), joints, np.ones(17, bool))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_joints_stay_on_the_picture(seed):
    recipe = Recipe(brightness=0.0, rotation=60.0, rotated=0.9)
    person = person_with_dot()
    crop, joints, counted = random_view(person, recipe, SIZE, np.random.default_rng(seed))
    rows, columns = np.nonzero(crop[:, :, 0] > 127)
    middle = np.array([columns.mean(), rows.mean()])
    nearest = {NAMES[j] for j in range(17) if counted[j] and np.abs(joints[j] - middle).max() < 0.75}
    assert nearest in ({"left_wrist"}, {"right_wrist"})


def test_without_augmentation_a_view_is_the_evaluations_crop():
    recipe = Recipe(flip=0, rotated=0, zoom=0, shift=0, brightness=0)
    person = person_with_dot()
    crop, joints, _ = random_view(person, recipe, SIZE, np.random.default_rng(0))
    matrix = crop_matrix(person.centre, person.scale, SIZE)
    assert np.array_equal(crop, warp(person.image, matrix, SIZE))
    assert np.allclose(joints, person.joints @ matrix[:, :2].T + matrix[:, 2], atol=1e-4)


def test_joints_outside_the_crop_do_not_count():
    person = person_with_dot()
    person.joints[3] = -50, 100
    _, _, counted = random_view(person, Recipe(flip=0), SIZE, np.random.default_rng(0))
    assert not counted[3]
    assert counted.sum() == 16


def test_mirroring_swaps_left_and_right():
    swapped = [NAMES[j].replace("left", "?").replace("right", "left").replace("?", "right") for j in range(17)]
    assert [NAMES[j] for j in MIRRORED] == swapped


@pytest.mark.parametrize("sigma", [1.0, 1.5])
def test_gaussians_peak_at_their_joint(sigma):
    joints = np.array([[[40, 60], [41, 59]]], np.float32)
    maps = gaussian_maps(joints, (32, 24), 4, sigma)
    x, y, value = argmax(maps)
    assert x.tolist() == [[10, 10]]
    assert y.tolist() == [[15, 15]]
    assert value[0, 0] == 1
    assert maps[0, 0, 15, 11] == pytest.approx(np.exp(-0.5 / sigma**2))
    assert maps[0, 1, 15, 11] > maps[0, 1, 15, 9]


def test_the_rate_warms_up_and_falls():
    recipe = Recipe(iterations=100, warmup=0.1)
    rates = [recipe.rate(step) for step in range(100)]
    assert np.argmax(rates) == 10
    assert rates[10] == recipe.learning_rate
    assert rates[-1] < 0.01 * recipe.learning_rate
    assert np.all(np.diff(rates[10:]) < 0)
