"""The embedded default: a synthetic dataset drawn once into the cache folder."""

from pathlib import Path

from zoo_common.artifacts import cache_dir
from zoo_common.synthetic import generate
from zoo_common.synthetic.dataset import VERSION

TRAIN_IMAGES, VAL_IMAGES, SEED = 1600, 200, 1
RECIPE = "synthetic.json"


def default_data_folder() -> Path:
    """Return where the embedded default lives."""
    return cache_dir() / "data" / "synthetic-{}-seed{}-{}+{}".format(VERSION, SEED, TRAIN_IMAGES, VAL_IMAGES)


def default_data() -> Path:
    """Return the embedded default, drawing it first where it does not exist yet (about a minute of one core)."""
    folder = default_data_folder()
    generate(folder, train=TRAIN_IMAGES, val=VAL_IMAGES, seed=SEED)
    return folder


def is_synthetic(root: Path) -> bool:
    """Tell whether a dataset was drawn by `zoo data synth`."""
    return (Path(root) / RECIPE).is_file()
