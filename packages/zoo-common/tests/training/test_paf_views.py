"""Views of whole photographs: joints and unknown people move with the picture."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo_common.coco import open_coco
from zoo_common.errors import ZooError
from zoo_common.paf import JOINTS, fit, lay
from zoo_common.synthetic import generate
from zoo_common.training.paf_batches import scene_batches
from zoo_common.training.paf_recipe import PafRecipe
from zoo_common.training.paf_scenes import Scene, joints_of, read_scenes, unknown_people
from zoo_common.training.paf_views import PAD_VALUE, random_scene_view

STILL = {"zoom": 0, "rotated": 0, "brightness": 0}
ROTATED = {"zoom": 0.4, "rotated": 0.9, "rotation": 60.0, "brightness": 0}


def scene_with_dot(unknown=None, size=(200, 150)):
    """One white dot in the dark, and everybody's joints in its middle."""
    image = np.zeros((*size, 3), np.uint8)
    image[95:106, 65:76] = 255
    return Scene(image, np.full((1, 18, 2), (70, 100), np.float32), np.ones((1, 18), bool), unknown)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_joints_stay_on_the_picture(seed):
    recipe = PafRecipe(input_height=200, view=(320, 320), **ROTATED)
    view = random_scene_view(scene_with_dot(), recipe, np.random.default_rng(seed))
    rows, columns = np.nonzero(np.abs(view.image[:, :, 0].astype(int) - 255) < 50)
    if len(rows) > 60:  # not cut off by the border
        assert view.joints[0, 0] == pytest.approx((columns.mean(), rows.mean()), abs=0.75)


def test_without_augmentation_a_view_is_the_evaluations_input():
    image = np.random.default_rng(0).integers(0, 256, (120, 160, 3)).astype(np.uint8)
    scene = Scene(image, np.zeros((0, 18, 2), np.float32), np.zeros((0, 18), bool), None)
    view = random_scene_view(scene, PafRecipe(input_height=120, view=(120, 160), **STILL), np.random.default_rng(0))
    assert np.array_equal(view.image, lay(image, fit(160, 120, 120)))
    assert view.counted.all()


def test_outside_the_picture_lies_the_padding():
    view = random_scene_view(scene_with_dot(), PafRecipe(input_height=80, **STILL), np.random.default_rng(0))
    assert (view.image == PAD_VALUE).all(axis=-1).mean() == pytest.approx(1 - 80 * 60 / 240**2, abs=0.01)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6))
def test_cells_of_unknown_people_do_not_count(seed):
    unknown = np.zeros((200, 150), np.uint8)
    unknown[80:121, 50:91] = 255  # about the dot
    recipe = PafRecipe(input_height=200, view=(320, 320), **ROTATED)
    view = random_scene_view(scene_with_dot(unknown), recipe, np.random.default_rng(seed))
    cell = np.floor(view.joints[0, 0] / 8).astype(int)
    if (cell >= 0).all() and (cell < 40).all():
        assert not view.counted[cell[1], cell[0]]
    assert view.counted.mean() > 0.8


def test_joints_are_openposes_with_a_neck_between_the_shoulders():
    rows = np.zeros((17, 3))
    rows[5], rows[6], rows[0] = (30, 20, 2), (10, 24, 1), (20, 5, 2)
    joints, labelled = joints_of([{"keypoints": rows.ravel().tolist()}])
    named = {name: tuple(joints[0, k]) for k, name in enumerate(JOINTS) if labelled[0, k]}
    assert named == {
        "nose": (20.5, 5.5),
        "neck": (20.5, 22.5),
        "left_shoulder": (30.5, 20.5),
        "right_shoulder": (10.5, 24.5),
    }
    rows[6] = 0
    assert not joints_of([{"keypoints": rows.ravel().tolist()}])[1][0, JOINTS.index("neck")]


@pytest.mark.parametrize(
    "outline",
    [
        {"segmentation": [[2, 3, 6, 3, 6, 8, 2, 8]]},
        {"segmentation": {"size": [10, 10], "counts": [23, 5, 5, 5, 5, 5, 5, 5, 42]}},
        {"segmentation": []},
    ],
    ids=["polygon", "run lengths", "box alone"],
)
def test_unknown_people_are_filled(outline):
    covered = unknown_people([dict(outline, bbox=[2, 3, 4, 5])], (10, 10))
    expected = np.zeros((10, 10), np.uint8)
    expected[3:8, 2:6] = 255
    assert np.array_equal(covered, expected)
    assert unknown_people([], (10, 10)) is None


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawn")
    generate(folder, train=6, val=1, seed=3, progress=False)
    return open_coco(folder, split="train2017")


def test_everybody_is_taught_or_unknown(drawn):
    scenes = read_scenes(drawn, progress=False)
    entries = [drawn.annotations(image.id) for image in drawn.images]
    assert len(scenes) == len(drawn)
    for scene, people in zip(scenes, entries):
        taught = [entry for entry in people if entry["num_keypoints"] and not entry["iscrowd"]]
        assert len(scene.joints) == len(taught)
        assert (scene.unknown is None) == (len(taught) == len(people))
    assert any(scene.unknown is not None for scene in scenes)


def test_a_split_without_joints_is_refused(drawn):
    nobody = drawn.subset([])
    with pytest.raises(ZooError, match="nobody with keypoints to train on"):
        read_scenes(nobody, progress=False)


def test_one_seed_gives_one_stream(drawn):
    scenes = read_scenes(drawn, progress=False)
    streams = [scene_batches(scenes, PafRecipe(seed=seed, batch_size=3)) for seed in (1, 1, 2)]
    for _ in range(3):
        first, second, other = (next(stream) for stream in streams)
        assert all(np.array_equal(*pair) for pair in zip(first, second))
        assert not np.array_equal(first.images, other.images)
    assert first.images.shape == (3, 3, 240, 240) and first.images.dtype == np.uint8
    assert [part.shape[1:] for part in first[1:]] == [(19, 30, 30), (38, 30, 30), (1, 30, 30)]
    assert np.moveaxis(first.heatmaps, 1, -1).flags.c_contiguous


def test_a_stream_can_be_taken_up_anywhere(drawn):
    scenes = read_scenes(drawn, progress=False)
    recipe = PafRecipe(batch_size=4)
    third = list(itertools.islice(scene_batches(scenes, recipe), 3))[2]
    assert all(np.array_equal(*pair) for pair in zip(third, next(scene_batches(scenes, recipe, first=2))))


def test_each_photograph_comes_once_in_a_pass():
    blank = Scene(np.zeros((8, 8, 3), np.uint8), np.zeros((0, 18, 2), np.float32), np.zeros((0, 18), bool), None)
    scenes = [blank._replace(image=blank.image + np.uint8(10 * number)) for number in range(6)]
    recipe = PafRecipe(batch_size=4, input_height=8, view=(8, 8), **STILL)
    stream = scene_batches(scenes, recipe)
    seen = np.concatenate([next(stream).images[:, 0, 4, 4] for _ in range(3)])
    assert sorted(seen[:6]) == sorted(seen[6:]) == [0, 10, 20, 30, 40, 50]
