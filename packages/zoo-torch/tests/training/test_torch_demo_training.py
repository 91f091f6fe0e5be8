"""Training in small: it learns, it repeats itself, and what is committed is what the record says."""

import numpy as np
import pytest
import torch

from zoo_common.coco import open_coco
from zoo_common.errors import ZooError
from zoo_common.files import read_json, sha256_file
from zoo_common.schema import parse
from zoo_common.synthetic import generate
from zoo_common.tasks.topdown_heatmap import TopDownHeatmap, TopDownHeatmapOptions
from zoo_common.training.people import read_people
from zoo_common.training.recipe import Recipe
from zoo_torch.demo import RECIPE, main
from zoo_torch.networks import demo
from zoo_torch.networks.checkpoint import read_state
from zoo_torch.networks.hrnet import HRNet, HRNetConfig
from zoo_torch.training.average import WeightAverage
from zoo_torch.training.save import save_half
from zoo_torch.training.train import train

RECORD = "{}-training.json".format(demo.NAME)
FILE = "{}.safetensors".format(demo.NAME)
SMALL = HRNetConfig(width=8, stem=8, modules=(1, 1, 1), blocks=1, bottlenecks=1)


@pytest.fixture(autouse=True)
def as_before():
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(False)


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawn")
    generate(folder, train=3, val=1, seed=3, progress=False)
    return folder


@pytest.fixture(scope="module")
def trained(photographs, tmp_path_factory):
    def run(name, seed):
        folder = tmp_path_factory.mktemp(name)
        options = ["--data", photographs, "--out", folder, "--seed", seed, "--iterations", 3, "--batch-size", 2]
        assert main([str(option) for option in options] + ["--threads", "1"]) == 0
        return folder

    return [run("first", 1), run("second", 1), run("other", 2)]


def people_of(photographs):
    task = TopDownHeatmap(TopDownHeatmapOptions(input_size=(64, 32), crop="hrnet"))
    return read_people(open_coco(photographs, split="train2017"), task, progress=False)[:2]


def test_the_loss_falls(photographs):
    recipe = Recipe(iterations=16, batch_size=2, rotated=0, zoom=0, shift=0, brightness=0, sigma=1, learning_rate=0.004)
    network = HRNet(SMALL)
    losses = train(network, people_of(photographs), recipe, (64, 32), progress=False)
    assert losses[-1] < 0.7 * losses[0]
    assert not network.training


def test_a_loss_that_explodes_is_told(photographs):
    recipe = Recipe(iterations=3, batch_size=2, learning_rate=1e30, warmup=0)
    with pytest.raises(ZooError, match=r"the loss is (nan|inf) at iteration"):
        train(HRNet(SMALL), people_of(photographs), recipe, (64, 32), progress=False)


def test_one_seed_gives_one_network(trained):
    first, second, other = (read_state(folder / FILE) for folder in trained)
    assert (trained[0] / FILE).read_bytes() == (trained[1] / FILE).read_bytes()
    assert not torch.equal(first["conv1.weight"], other["conv1.weight"])
    assert not torch.equal(first["bn1.running_mean"], other["bn1.running_mean"])


def test_the_record_names_its_data(trained, photographs):
    record = read_json(trained[0] / RECORD)
    assert record["data"]["fingerprint"] == open_coco(photographs, split="train2017").fingerprint
    assert record["data"]["images"] == 3
    assert record["recipe"]["iterations"] == record["loss"]["iterations"] == 3
    assert record["files"] == {FILE: sha256_file(trained[0] / FILE)}


def test_the_average_follows_the_network():
    network = torch.nn.BatchNorm2d(1)
    average = WeightAverage(network, decay=0.5)
    with torch.no_grad():
        for value in (2.0, 4.0):
            network.weight.fill_(value)
            average.update()
    average.put_back()
    # Young averages weigh by their age: 1/10 of the start, then 2/11 of what was.
    expected = (1.0 * 0.1 + 2.0 * 0.9) * 2 / 11 + 4.0 * 9 / 11
    assert network.weight.item() == pytest.approx(expected)


def test_values_that_do_not_fit_half_precision_are_not_saved(tmp_path):
    network = torch.nn.BatchNorm2d(2)
    network.running_var[0] = 1e6
    with pytest.raises(ZooError, match="'running_var' does not fit half precision"):
        save_half(network, tmp_path / "w.safetensors")
    assert list(tmp_path.iterdir()) == []


def test_committed_weights_are_those_of_the_record():
    record = read_json(demo.WEIGHTS / RECORD)
    assert record["files"] == {FILE: sha256_file(demo.WEIGHTS / FILE)}
    assert (demo.WEIGHTS / FILE).stat().st_size <= 3_000_000
    assert record["recipe"] == parse(Recipe, RECIPE, "recipe").model_dump(mode="json")


def test_committed_weights_are_the_networks():
    network = demo.load_demo()
    assert network.config == demo.CONFIG
    height, width = demo.INPUT_SIZE
    with torch.no_grad():
        maps = network(torch.zeros(1, 3, height, width)).numpy()
    assert maps.shape == (1, 17, height // 4, width // 4)
    assert np.isfinite(maps).all()
