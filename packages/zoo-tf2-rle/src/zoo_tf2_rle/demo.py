"""Train the embedded network again: ``python -m zoo_tf2_rle.demo`` (or ``make demo-weights OF=tf2``)."""

from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

from zoo_common.artifacts import cache_dir
from zoo_common.cards import Registry
from zoo_common.coco import CocoDataset
from zoo_common.console import run
from zoo_common.files import canonical_json, sha256_file, sha256_text
from zoo_common.tasks import task_from_protocol
from zoo_common.tasks.topdown_regression import TopDownRegression
from zoo_common.training.command import Training, run_training, training_parser
from zoo_common.training.recipe import Schedule, Share
from zoo_tf2_rle import __version__

NAME = "rle_demo"
WEIGHTS = Path(__file__).parent / "weights"
BACKBONE = "light_residual"
IMAGES = 6400
CACHE_MB = 3000
SAVE_EVERY = 200


class DemoRecipe(Schedule):
    """RLE on random views: Adam, warm-up and cosine."""

    iterations: int = 14000
    batch_size: int = 32
    learning_rate: float = 0.002
    flip: Share = 0.5
    rotation: float = 10.0
    """Standard deviation of the turn in degrees."""
    rotated: Share = 0.4
    zoom: Share = 0.1
    """Standard deviation of the crop's size."""
    half_bodies: Share = 0.0
    flow: bool = True

    def config(self, size: Tuple[int, int]) -> Any:
        """Return this as a training's configuration."""
        from zoo_tf2_rle.training.config import Config

        return Config.model_validate(
            {
                "DATASET": {"COMMON": {"INPUT_SHAPE": [*size, 3]}},
                "AUG": {
                    "FLIP_PROB": self.flip,
                    "ROT_FACTOR": self.rotation,
                    "ROT_PROB": self.rotated,
                    "SCALE_FACTOR": self.zoom,
                    "HALF_BODY_PROB": self.half_bodies,
                },
                "MODEL": {"BACKBONE": BACKBONE},
                "TRAIN": {"BATCH_SIZE": self.batch_size},
                "OPTIONS": {"SEED": self.seed, "FLOW": self.flow, "CACHE_MB": CACHE_MB},
            }
        )


def training() -> Training:
    """Return what is read, trained and written."""
    steps = Steps()
    return Training(
        name=NAME,
        weights=WEIGHTS,
        recipe=DemoRecipe,
        defaults={},
        read=steps.read,
        train=steps.train,
        save=steps.save,
        distributions=("zoo-tf2-rle", "tensorflow-cpu"),
        images=IMAGES,
    )


class Steps:
    """The steps of the training, in this order."""

    def __init__(self) -> None:
        task = task_from_protocol(Registry("zoo_tf2_rle").get(NAME).protocol(), NAME)
        assert isinstance(task, TopDownRegression)
        self.task = task

    def read(self, dataset: CocoDataset, recipe: DemoRecipe) -> Tuple[Any, int]:
        """Return the people and how many there are."""
        from zoo_tf2_rle.training.people import people_of_tree

        people = people_of_tree(dataset, self.task, CACHE_MB)
        self.identity: Dict[str, Any] = {
            "version": __version__,
            "people": people.fingerprint,
            "task": self.task.protocol(),
            "recipe": recipe.model_dump(mode="json"),
        }
        return people, people.count

    def train(self, people: Any, recipe: DemoRecipe) -> List[float]:
        """Train, or go on with what was interrupted; return the loss of every iteration."""
        from zoo_tf2_rle.training.batches import Batches
        from zoo_tf2_rle.training.building import build_trainable
        from zoo_tf2_rle.training.loop import Plan, train
        from zoo_tf2_rle.training.state import State
        from zoo_tf2_rle.training.step import TrainStep

        config = recipe.config(self.task.options.input_size)
        self.network, flow, _ = build_trainable(config)
        step = TrainStep(self.network, flow, config.OPTIONS.REDUCTION)
        key = sha256_text(canonical_json(self.identity))[:16]
        self.folder = cache_dir() / "training" / "{}-{}".format(NAME, key)
        state = State(self.folder, step, self.identity)
        plan = Plan(recipe.iterations, recipe.rate, lambda done: done % SAVE_EVERY == 0)
        return train(step, Batches(people, config), plan, state, self.folder)

    def save(self, folder: Path) -> Dict[str, str]:
        """Write the weights; return their SHA-256 by file name."""
        import shutil

        from zoo_tf2_rle.networks.saving import save_network

        path = folder / (NAME + ".h5")
        save_network(self.network, path, half=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        return {path.name: sha256_file(path)}


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Read the split, train, write weights and record; return the exit code."""
    parser = training_parser(
        "python -m zoo_tf2_rle.demo",
        "Train rle_demo from scratch by its recipe; same machine and versions, same weights bit for bit. Interrupted, "
        "the same command goes on.",
    )
    return run_training(training(), parser.parse_args(argv))


if __name__ == "__main__":
    run("python -m zoo_tf2_rle.demo", main)
