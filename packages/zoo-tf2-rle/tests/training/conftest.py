"""A training in small: 64x48 crops of a drawn tree, a network of one convolution, no flow."""

import pytest

from zoo_common.coco import open_coco
from zoo_common.tasks.topdown_regression import TopDownRegression, TopDownRegressionOptions
from zoo_tf2_rle.networks.regression import BACKBONES
from zoo_tf2_rle.tensorflow2 import tf
from zoo_tf2_rle.training.batches import Batches
from zoo_tf2_rle.training.building import build_trainable
from zoo_tf2_rle.training.config import Config
from zoo_tf2_rle.training.people import people_of_tree
from zoo_tf2_rle.training.step import TrainStep

SMALL = {
    "DATASET": {"COMMON": {"INPUT_SHAPE": [64, 48, 3]}},
    "MODEL": {"BACKBONE": "tiny"},
    "TRAIN": {"BATCH_SIZE": 4},
    "OPTIONS": {"FLOW": False},
}
PLAIN = {"FLIP_PROB": 0, "ROT_PROB": 0, "SCALE_FACTOR": 0, "HALF_BODY_PROB": 0}


def tiny(image):
    layers = tf.keras.layers
    x = layers.Conv2D(8, 3, 4, use_bias=False, name="conv")(image)
    return layers.ReLU(name="relu")(layers.BatchNormalization(name="bn")(x))


@pytest.fixture(autouse=True)
def backbone(monkeypatch):
    monkeypatch.setitem(BACKBONES, "tiny", tiny)


@pytest.fixture(scope="session")
def make_config():
    """Return a builder of configurations: the small one, fields of its sections changed."""

    def make(**sections):
        return Config.model_validate(
            {name: {**SMALL.get(name, {}), **sections.get(name, {})} for name in SMALL.keys() | sections}
        )

    return make


@pytest.fixture(scope="session")
def plain(make_config):
    """The small configuration without augmentation."""
    return make_config(AUG=PLAIN)


@pytest.fixture(scope="session")
def task(plain):
    return TopDownRegression(TopDownRegressionOptions(**plain.task_options()))


@pytest.fixture(scope="session")
def people(tree, task):
    return people_of_tree(open_coco(tree, split="train2017"), task, 100)


@pytest.fixture
def begin(people):
    """Build a network from a configuration; returns its step and its batches."""

    def call(config, strategy=None):
        network, flow, _ = build_trainable(config, strategy)
        return TrainStep(network, flow, config.OPTIONS.REDUCTION, strategy), Batches(people, config)

    return call
