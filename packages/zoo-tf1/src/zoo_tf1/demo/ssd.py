"""The detector's training."""

import functools
from pathlib import Path
from typing import Any, Dict, List, Sequence, Tuple

from zoo_common.cards import Registry
from zoo_common.coco import CocoDataset
from zoo_common.tasks import task_from_protocol
from zoo_common.tasks.box_detection import BoxDetection
from zoo_common.training.box_batches import box_batches
from zoo_common.training.box_recipe import BoxRecipe
from zoo_common.training.box_scenes import BoxScene, read_box_scenes
from zoo_common.training.command import Training
from zoo_tf1 import __version__
from zoo_tf1.networks.demo import WEIGHTS

NAME = "ssd_demo"
RECIPE: Dict[str, Any] = {"iterations": 10000, "batch_size": 16, "learning_rate": 0.004}
"""Of the committed weights, where it differs from `BoxRecipe`."""
IMAGES = 6400
"""Four times the embedded train split."""


def task() -> BoxDetection:
    """Return the card's task: its size, anchors and categories are what is trained."""
    found = task_from_protocol(Registry("zoo_tf1").get(NAME).protocol(), NAME)
    assert isinstance(found, BoxDetection)
    return found


def training(threads: int) -> Training:
    """Return what is read, trained and written."""
    steps = Steps(threads)
    return Training(
        name=NAME,
        weights=WEIGHTS,
        recipe=BoxRecipe,
        defaults=RECIPE,
        read=steps.read,
        train=steps.train,
        save=steps.save,
        distributions=("zoo-tf1", "tensorflow"),
        images=IMAGES,
        kind="instances",
    )


class Steps:
    """The steps of one training, in this order."""

    def __init__(self, threads: int) -> None:
        from zoo_tf1.networks.ssd_demo import CONFIG

        self.threads = threads
        self.config = CONFIG
        self.task = task()

    def read(self, dataset: CocoDataset, recipe: BoxRecipe) -> Tuple[List[BoxScene], int]:
        """Return the photographs and how many objects they show."""
        from zoo_tf1.training.snapshot import Snapshot

        own = [self.config, self.task.protocol(), recipe.model_dump(mode="json"), self.threads]
        self.snapshot = Snapshot.of(NAME, [__version__, dataset.fingerprint, *own])
        scenes = read_box_scenes(dataset, self.task.category_ids)
        return scenes, sum(len(scene.boxes) for scene in scenes)

    def train(self, scenes: Sequence[BoxScene], recipe: BoxRecipe) -> List[float]:
        """Train, or go on with what was interrupted; return the loss of every iteration."""
        from zoo_tf1.training.ssd_step import SsdStep
        from zoo_tf1.training.train import train

        size = self.task.input_shape[1:]
        step = functools.partial(SsdStep, self.config, recipe, size)
        batches = functools.partial(box_batches, scenes, recipe, self.task.anchors, size)
        self.weights, losses = train(step, batches, recipe, self.threads, snapshot=self.snapshot)
        return losses

    def save(self, folder: Path) -> Dict[str, str]:
        """Write the graph; return its SHA-256 by file name."""
        from zoo_tf1.networks.ssd_mobilenet import CODES, INPUT, LOGITS, ssd_mobilenet
        from zoo_tf1.training.save import save_frozen

        build = functools.partial(ssd_mobilenet, config=self.config)
        size = self.task.input_shape[1:]
        files = save_frozen(build, INPUT, (CODES, LOGITS), self.weights, folder / (NAME + ".pb"), size)
        self.snapshot.remove()
        return files
