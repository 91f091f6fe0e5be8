"""A short training of the light network with its flow learns, and goes on after an interruption to the same weights."""

import shutil
from typing import NamedTuple

import numpy as np
import pytest

from zoo_common.coco import open_coco
from zoo_common.synthetic import generate
from zoo_common.tasks.topdown_regression import TopDownRegression, TopDownRegressionOptions
from zoo_tf2_rle.training.batches import Batches
from zoo_tf2_rle.training.building import build_trainable
from zoo_tf2_rle.training.loop import Plan, train
from zoo_tf2_rle.training.people import people_of_tree
from zoo_tf2_rle.training.state import State
from zoo_tf2_rle.training.step import TrainStep
from zoo_tf2_rle.training.validate import Validation

STEPS, LEFT = 160, 152
"""Steps in all, and where the interrupted training stops."""


class Trained(NamedTuple):
    losses: list
    weights: list
    ap: tuple
    again: object


def rate(number):
    return 0.002 * min(1, (number + 1) / 10) * (0.5 + 0.5 * np.cos(np.pi * number / STEPS))


@pytest.fixture(scope="module")
def trained(make_config, tmp_path_factory):
    folder = tmp_path_factory.mktemp("learning")
    generate(folder / "coco", train=60, val=1, seed=5, progress=False)
    config = make_config(
        MODEL={"BACKBONE": "light_residual"},
        TRAIN={"BATCH_SIZE": 16},
        AUG={"FLIP_PROB": 0, "ROT_PROB": 0, "SCALE_FACTOR": 0.1, "HALF_BODY_PROB": 0},
        OPTIONS={"FLOW": True, "SEED": 1},
    )
    dataset = open_coco(folder / "coco", split="train2017")
    task = TopDownRegression(TopDownRegressionOptions(**config.task_options(), flip_test=False))
    people, validation = people_of_tree(dataset, task, 500), Validation(dataset, task, 32)

    def run(name, after=lambda steps, reading: None):
        network, flow, _ = build_trainable(config)
        before = None if name == "left" else validation.ap(network)
        step = TrainStep(network, flow)
        plan = Plan(STEPS, rate, lambda done: done == LEFT, after, threads=1)
        losses = train(step, Batches(people, config), plan, State(folder / name, step, {}), folder, progress=False)
        weights = network.get_weights() + flow.get_weights()
        return losses, weights, before, network

    def leave(steps, reading):
        if steps == LEFT:
            shutil.copytree(folder / "state", folder / "left")

    losses, weights, before, network = run("state", leave)
    return Trained(losses, weights, (before, validation.ap(network)), lambda: run("left")[:2])


def test_it_learns(trained):
    """The loss is a negative log-likelihood of 34 coordinates: it falls by more than two nats each."""
    assert np.isfinite(trained.losses).all()
    assert np.mean(trained.losses[-16:]) < np.mean(trained.losses[:16]) - 70
    untrained, ap = trained.ap
    assert untrained < 0.01 and ap > 0.2


def test_network_and_flow_go_on_to_the_same_weights(trained):
    losses, weights = trained.again()
    assert losses == trained.losses
    assert all(np.array_equal(one, other) for one, other in zip(weights, trained.weights))
