"""The embedded default: a synthetic dataset drawn once into the cache folder."""

from pathlib import Path
from typing import List

from zoo_common.artifacts import cache_dir
from zoo_common.coco import CocoDataset
from zoo_common.files import read_json
from zoo_common.synthetic import generate
from zoo_common.synthetic.dataset import VERSION

TRAIN_IMAGES, VAL_IMAGES, SEED = 1600, 200, 1
TRAINING_IMAGES = 6400
"""Images that embedded networks are trained on; the first `TRAIN_IMAGES` and the validation split are the same."""
RECIPE = "synthetic.json"


def default_data_folder(train: int = TRAIN_IMAGES) -> Path:
    """Return where the embedded default lives."""
    return cache_dir() / "data" / "synthetic-{}-seed{}-{}+{}".format(VERSION, SEED, train, VAL_IMAGES)


def default_data(train: int = TRAIN_IMAGES) -> Path:
    """Return the embedded default, drawing it first where it does not exist yet (about a minute of one core).

    Args:
        train: images of the train split; a longer one begins with the pictures of a shorter one, and the validation
            split is the same.
    """
    folder = default_data_folder(train)
    generate(folder, train=train, val=VAL_IMAGES, seed=SEED)
    return folder


def embedded_folders() -> List[Path]:
    """Return the embedded datasets that have been drawn already; their validation splits are the same."""
    folders = [default_data_folder(train) for train in (TRAIN_IMAGES, TRAINING_IMAGES)]
    return [folder for folder in folders if folder.is_dir()]


def is_synthetic(root: Path) -> bool:
    """Tell whether a dataset was drawn by `zoo data synth`."""
    return (Path(root) / RECIPE).is_file()


def reference_name(dataset: CocoDataset) -> str:
    """Return what a card's reference values call this image set: ``coco-val2017``, ``synthetic-val2017``.

    Drawn images of another seed or count than the embedded ones are ``drawn-...``: no card has numbers for them.
    """
    if not is_synthetic(dataset.root):
        return "coco-" + dataset.split
    found = read_json(Path(dataset.root) / RECIPE)
    recipe = found.get("recipe", {}) if isinstance(found, dict) else {}
    embedded = {"version": VERSION, "seed": SEED, "train": TRAIN_IMAGES, "val": VAL_IMAGES}
    same = all(recipe.get(key) == value for key, value in embedded.items())
    return ("synthetic-" if same else "drawn-") + dataset.split
