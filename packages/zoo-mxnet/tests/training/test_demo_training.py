"""Training in small: it learns, it repeats itself, and what is committed is what the record says."""

import numpy as np
import pytest

from zoo_common.coco import open_coco
from zoo_common.files import read_json, sha256_file
from zoo_common.synthetic import generate
from zoo_common.tasks.topdown_heatmap import TopDownHeatmap, TopDownHeatmapOptions
from zoo_common.training.people import read_people
from zoo_common.training.recipe import Recipe
from zoo_mxnet.demo import main
from zoo_mxnet.networks import demo
from zoo_mxnet.networks.exported import load_exported
from zoo_mxnet.training.train import train

RECORD = "{}-training.json".format(demo.NAME)


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawn")
    generate(folder, train=4, val=1, seed=3, progress=False)
    return folder


@pytest.fixture(scope="module")
def trained(photographs, tmp_path_factory):
    def run(name, seed):
        folder = tmp_path_factory.mktemp(name)
        options = ["--data", photographs, "--out", folder, "--seed", seed, "--iterations", 6, "--batch-size", 4]
        assert main([str(option) for option in options] + ["--threads", "1"]) == 0
        return folder

    return [run("first", 1), run("second", 1), run("other", 2)]


def test_the_loss_falls(photographs):
    task = TopDownHeatmap(TopDownHeatmapOptions(input_size=demo.INPUT_SIZE))
    people = read_people(open_coco(photographs, split="train2017"), task, progress=False)[:2]
    recipe = Recipe(iterations=50, batch_size=2, flip=0, rotated=0, zoom=0, shift=0, brightness=0)
    losses = train(demo.DemoPose(), people, recipe, demo.INPUT_SIZE, progress=False)
    assert losses[-1] < 0.7 * losses[0]


def test_one_seed_gives_one_network(trained):
    first, second, other = (load_exported(str(folder / demo.NAME), input_size=demo.INPUT_SIZE) for folder in trained)
    for values, again, different in ((first.args, second.args, other.args), (first.auxs, second.auxs, other.auxs)):
        assert values.keys() == again.keys() == different.keys()
        assert [name for name in values if not np.array_equal(values[name], again[name])] == []
        assert not all(np.array_equal(values[name], different[name]) for name in values)
    assert read_json(trained[0] / RECORD)["files"] == read_json(trained[1] / RECORD)["files"]


def test_the_record_names_its_data(trained, photographs):
    record = read_json(trained[0] / RECORD)
    assert record["data"]["fingerprint"] == open_coco(photographs, split="train2017").fingerprint
    assert record["data"]["images"] == 4
    assert record["data"]["synthetic"]["seed"] == 3
    assert record["recipe"]["iterations"] == record["loss"]["iterations"] == 6


def test_committed_weights_are_those_of_the_record():
    record = read_json(demo.WEIGHTS / RECORD)
    assert len(record["files"]) == 2
    assert record["files"] == {name: sha256_file(demo.WEIGHTS / name) for name in record["files"]}
    assert sum((demo.WEIGHTS / name).stat().st_size for name in record["files"]) <= 3_000_000
    assert record["recipe"] == Recipe().model_dump(mode="json")


def test_committed_weights_are_the_networks_by_name():
    network = demo.load_demo()
    _, (shape,), _ = network.symbol.infer_shape(data=(1, 3, *demo.INPUT_SIZE))
    assert shape == (1, demo.JOINTS, demo.INPUT_SIZE[0] // 2, demo.INPUT_SIZE[1] // 2)
    fresh = demo.DemoPose()
    fresh.initialize()
    assert set(fresh.collect_params()) == set(network.args) | set(network.auxs)
