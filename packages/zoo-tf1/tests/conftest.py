"""Fixtures of several rooms: real photographs, a drawn COCO tree."""

import os
from pathlib import Path

import pytest

from zoo_common.synthetic import generate


@pytest.fixture(scope="session")
def real_data():
    """The folder of real photographs and networks, where this machine has one."""
    folder = os.environ.get("ZOO_REAL_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("ZOO_REAL_DATA names no folder: real photographs are not here")
    return Path(folder)


@pytest.fixture(scope="session")
def tree(tmp_path_factory):
    """A drawn COCO tree of six train and five val images."""
    root = tmp_path_factory.mktemp("drawn") / "coco"
    generate(root, train=6, val=5, seed=3, progress=False)
    return root
