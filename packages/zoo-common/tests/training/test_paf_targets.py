"""What the network is taught to draw: peaks where joints are, unit vectors where limbs are, and people out of both."""

import numpy as np
import pytest

from zoo_common.coco import open_coco
from zoo_common.metrics.score import score
from zoo_common.paf import JOINTS, LIMBS, decode, fit
from zoo_common.synthetic import generate
from zoo_common.tasks.bottomup_paf import BottomUpPaf, BottomUpPafOptions
from zoo_common.training.paf_scenes import read_scenes
from zoo_common.training.paf_targets import CELL_CENTRE, target_maps
from zoo_common.training.paf_views import place

CELLS = (30, 40)
ELBOW_TO_WRIST = LIMBS[3]


def person(**joints):
    """One person of the joints named, at cells (x, y)."""
    cells, labelled = np.zeros((1, 18, 2), np.float32), np.zeros((1, 18), bool)
    for name, cell in joints.items():
        cells[0, JOINTS.index(name)], labelled[0, JOINTS.index(name)] = cell, True
    return cells * 8 + CELL_CENTRE, labelled


def together(*people):
    return tuple(np.concatenate(part) for part in zip(*people))


def test_a_heatmap_is_tallest_in_its_joints_cell():
    maps = target_maps(*person(right_elbow=(10, 20)), CELLS, sigma=1.0, limb_width=1.0)
    elbow = maps.heatmaps[JOINTS.index("right_elbow")]
    assert np.unravel_index(elbow.argmax(), CELLS) == (20, 10)
    assert elbow[20, 10] == 1 and elbow[20, 12] == pytest.approx(np.exp(-2), rel=1e-5)
    assert np.array_equal(maps.heatmaps[18], 1 - elbow)
    others = [joint for joint in range(18) if joint != JOINTS.index("right_elbow")]
    assert not maps.heatmaps[others].any() and not maps.pafs.any()


def test_the_taller_of_two_people_counts():
    alone = [person(nose=(5, 5)), person(nose=(6, 5))]
    heatmaps = [target_maps(*who, CELLS, 1.0, 1.0).heatmaps for who in (*alone, together(*alone))]
    assert np.array_equal(heatmaps[2][0], np.maximum(heatmaps[0][0], heatmaps[1][0]))
    assert heatmaps[2][18].min() == 0


def test_a_field_points_along_its_limb_and_ends_beside_it():
    start, end, channel = ELBOW_TO_WRIST
    who = person(**{JOINTS[start]: (5, 10), JOINTS[end]: (11, 18)})
    field = target_maps(*who, CELLS, 1.0, limb_width=1.0).pafs[channel : channel + 2]
    for cell in ((10, 5), (14, 8), (18, 11)):
        assert field[(slice(None), *cell)] == pytest.approx((0.6, 0.8), abs=1e-5)
    length = np.hypot(*field)
    rows, columns = np.nonzero(length)
    across = np.abs((columns - 5) * 0.8 - (rows - 10) * 0.6)
    assert across.max() <= 1.5 and length.max() == pytest.approx(1)
    assert len(rows) > 20 and length[10, 20] == 0
    assert not np.delete(target_maps(*who, CELLS, 1.0, 1.0).pafs, (channel, channel + 1), axis=0).any()


def test_fields_that_cross_are_averaged():
    start, end, channel = ELBOW_TO_WRIST
    across = person(**{JOINTS[start]: (5, 10), JOINTS[end]: (15, 10)})
    down = person(**{JOINTS[start]: (10, 5), JOINTS[end]: (10, 15)})
    field = target_maps(*together(across, down), CELLS, 1.0, 1.0).pafs[channel : channel + 2]
    assert field[:, 10, 10] == pytest.approx((0.5, 0.5))
    assert field[:, 10, 13] == pytest.approx((1, 0)) and field[:, 13, 10] == pytest.approx((0, 1))


def test_a_limb_with_an_end_unlabelled_has_no_field_and_one_outside_still_has():
    start, end, channel = ELBOW_TO_WRIST
    joints, labelled = person(**{JOINTS[start]: (5, 10), JOINTS[end]: (-5, 10)})
    assert target_maps(joints, labelled, CELLS, 1.0, 1.0).pafs[channel, 10, 0] == pytest.approx(-1)
    labelled[0, end] = False
    assert not target_maps(joints, labelled, CELLS, 1.0, 1.0).pafs.any()


def test_nobody_is_all_background():
    heatmaps, pafs = target_maps(np.zeros((0, 18, 2)), np.zeros((0, 18), bool), CELLS, 1.0, 1.0)
    assert (heatmaps[18] == 1).all() and not heatmaps[:18].any() and not pafs.any()


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawn")
    generate(folder, train=0, val=8, seed=3, progress=False)
    return open_coco(folder, split="val2017")


def test_perfect_maps_decode_to_the_people_annotated(drawn):
    task = BottomUpPaf(BottomUpPafOptions(input_size=(240, 320)))
    results = []
    for sample, scene in zip(task.samples(drawn), read_scenes(drawn, progress=False)):
        laid = fit(sample.image.width, sample.image.height, 240)
        matrix = place(laid.scale, np.zeros(2))
        maps = target_maps(scene.joints @ matrix[:, :2].T + matrix[:, 2], scene.labelled, laid.cells, 1.0, 0.9)
        assert decode(maps, laid).capped_joints == 0
        results += task.results(sample.image.id, task.postprocess([maps], [sample]))
    assert score(drawn, results, "keypoints", engine="pycocotools").stats["AP"] > 0.9
