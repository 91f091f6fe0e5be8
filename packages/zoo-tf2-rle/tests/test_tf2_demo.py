"""The embedded network and the record of its training."""

import argparse

import numpy as np

from zoo_common.cards import Registry
from zoo_common.files import read_json, sha256_file
from zoo_tf2_rle import demo
from zoo_tf2_rle.source import open_network


def test_the_committed_weights_are_the_records():
    record = read_json(demo.WEIGHTS / "rle_demo-training.json")
    path = demo.WEIGHTS / "rle_demo.h5"
    assert record["files"] == {path.name: sha256_file(path)}
    assert path.stat().st_size <= 3e6
    assert record["recipe"] == demo.DemoRecipe().model_dump(mode="json")
    assert record["data"]["images"] == demo.IMAGES and record["data"]["synthetic"]["seed"] == 1


def test_the_card_opens_them():
    card = Registry("zoo_tf2_rle").get(demo.NAME)
    args = argparse.Namespace(weights=None, random_weights=False)
    found = open_network(card, demo.Steps().task.input_shape[1:], args)
    assert found.files[0].sha256 == card.weights[0].sha256
    coordinates, sigmas = found.model(np.zeros((1, 128, 96, 3), np.float32))
    assert coordinates.shape == sigmas.shape == (1, 17, 2) and 0 < float(np.max(sigmas)) < 1


def test_the_recipe_is_what_the_configuration_says():
    config = demo.DemoRecipe(flip=0.25, seed=7, batch_size=8).config((128, 96))
    assert config.AUG.FLIP_PROB == 0.25 and config.OPTIONS.SEED == 7 and config.TRAIN.BATCH_SIZE == 8
    assert config.DATASET.COMMON.INPUT_SHAPE == (128, 96, 3)
