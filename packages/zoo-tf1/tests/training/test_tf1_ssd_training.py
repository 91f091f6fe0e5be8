"""The detector's training in small: losses by hand, it learns, and what is committed is what the record says."""

import functools

import numpy as np
import pytest

from zoo_common.boxes import grids_of, ssd_anchors
from zoo_common.coco import open_coco
from zoo_common.files import read_json, sha256_file
from zoo_common.schema import parse
from zoo_common.synthetic import generate
from zoo_common.training.box_batches import box_batches
from zoo_common.training.box_recipe import BoxRecipe
from zoo_common.training.box_scenes import read_box_scenes
from zoo_tf1.demo import ssd
from zoo_tf1.networks.demo import WEIGHTS
from zoo_tf1.networks.ssd_mobilenet import CODES, INPUT, LOGITS, SsdConfig, ssd_mobilenet
from zoo_tf1.quantsim.load import BATCH_NORMS, load
from zoo_tf1.quantsim.runner import Runner
from zoo_tf1.tensorflow1 import tf
from zoo_tf1.training.save import frozen
from zoo_tf1.training.ssd_step import SsdStep, box_loss, focal_loss
from zoo_tf1.training.train import train

SIZE = (64, 64)
SMALL = SsdConfig(num_classes=1, depth_multiplier=0.1, min_depth=8, lite=True)
SHORT = BoxRecipe(batch_size=2, learning_rate=0.01, warmup=0, average_decay=0.5)
ANCHORS = ssd_anchors(grids_of(SIZE), (0.2, 0.35, 0.5, 0.65, 0.8, 0.95))


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawn")
    generate(folder, train=3, val=1, seed=3, progress=False)
    dataset = open_coco(folder, split="train2017", kind="instances")
    return read_box_scenes(dataset, [1], progress=False)


def trained(scenes, iterations):
    step = functools.partial(SsdStep, SMALL, SHORT, SIZE)
    batches = functools.partial(box_batches, scenes, SHORT, ANCHORS, SIZE)
    recipe = SHORT.model_copy(update={"iterations": iterations})
    return train(step, batches, recipe, threads=1, progress=False)


def test_it_learns_repeats_itself_and_folds(scenes):
    weights, losses = trained(scenes, 20)
    assert np.mean(losses[-5:]) < 0.8 * np.mean(losses[:3])
    assert trained(scenes, 2)[1] == losses[:2]  # later rates depend on the number of iterations
    build = functools.partial(ssd_mobilenet, config=SMALL)
    network = frozen(build, INPUT, (CODES, LOGITS), weights, SIZE)
    assert not any(node.op in BATCH_NORMS for node in network.graph.node)
    image = np.random.RandomState(0).uniform(-1, 1, (1, *SIZE, 3)).astype(np.float32)
    found = Runner(network, threads=1)(image)
    with tf.Graph().as_default(), tf.Session() as session:
        outputs = ssd_mobilenet(tf.constant(image), SMALL)
        for item in tf.global_variables():
            item.load(weights[item.op.name], session)
        expected = session.run(outputs)
    for name, value in zip((CODES, LOGITS), expected):
        np.testing.assert_allclose(found[name], value, atol=1e-4)


def test_the_focal_loss_by_hand():
    recipe = BoxRecipe(focal_alpha=0.25, focal_gamma=2.0)
    logits = np.array([[[9, 0.5, -1], [9, 2, 3], [9, 0, 0]]], np.float32)
    classes = np.array([[1, 0, -1]], np.int32)

    def term(logit, there):
        score = 1 / (1 + np.exp(-logit))
        return -0.25 * (1 - score) ** 2 * np.log(score) if there else -0.75 * score**2 * np.log(1 - score)

    with tf.Session() as session:
        found = session.run(focal_loss(tf.constant(logits), tf.constant(classes), recipe))
    assert found == pytest.approx(term(0.5, True) + term(-1, False) + term(2, False) + term(3, False), rel=1e-5)


def test_the_box_loss_by_hand():
    codes = np.array([[[0, 0, 0, 0], [0, 0, 0, 0], [1, 2, 3, 4]]], np.float32)
    targets = np.array([[[5, 0, 0, 0], [20, 30, 0, 5 * np.log(2)], [9, 9, 9, 9]]], np.float32)
    with tf.Session() as session:
        found = session.run(box_loss(*map(tf.constant, (codes, targets, np.array([[1, 1, 0]], np.float32)))))
    beside = 1 - 0.5 / 1.5  # half a side apart: the hull is the union
    apart = 1 - 0 + (3 * 4.5 - 3) / (3 * 4.5)  # sides 1 x 1 and 1 x 2, two down and three to the right
    assert found == pytest.approx(beside + apart, rel=1e-5)


def test_the_committed_weights_are_the_records():
    record = read_json(WEIGHTS / "ssd_demo-training.json")
    path = WEIGHTS / "ssd_demo.pb"
    assert record["files"] == {"ssd_demo.pb": sha256_file(path)}
    assert path.stat().st_size <= 3e6
    expected = parse(BoxRecipe, ssd.RECIPE, "recipe").model_dump(mode="json")
    assert record["recipe"] == expected
    assert record["data"]["images"] == ssd.IMAGES and record["data"]["synthetic"]["seed"] == 1
    network = load(path, [INPUT], (CODES, LOGITS))
    found = Runner(network, threads=1)(np.zeros((1, 256, 256, 3), np.float32))
    assert found[CODES].shape == (1, len(ssd.task().anchors), 1, 4)
    assert found[LOGITS].shape[2] == 1 + len(ssd.task().category_ids)
