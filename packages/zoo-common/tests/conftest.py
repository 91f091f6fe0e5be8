"""Fixtures shared by the tests of every room."""

import os
from pathlib import Path

import pytest

from zoo_common.tasks import TopDownHeatmap
from zoo_common.tasks.topdown_heatmap import TopDownHeatmapOptions
from zoo_fakes import ColourNetwork, write_coco_tree


@pytest.fixture(scope="session")
def real_data():
    """The folder of real photographs and published values, where this machine has one."""
    folder = os.environ.get("ZOO_REAL_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("ZOO_REAL_DATA names no folder: real photographs are not here")
    return Path(folder)


@pytest.fixture
def colour_network():
    return ColourNetwork()


@pytest.fixture
def small_task():
    return TopDownHeatmap(TopDownHeatmapOptions(input_size=(64, 48), flip_test=True))


@pytest.fixture
def coco_tree(tmp_path):
    return write_coco_tree(tmp_path / "coco")
