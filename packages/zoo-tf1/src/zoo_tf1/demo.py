"""Train the embedded network again: ``python -m zoo_tf1.demo`` (or ``make demo-weights OF=tf1``)."""

from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

from zoo_common.coco import CocoDataset
from zoo_common.console import positive, run
from zoo_common.training.command import Training, run_training, training_parser
from zoo_common.training.paf_recipe import PafRecipe
from zoo_common.training.paf_scenes import Scene, read_scenes
from zoo_tf1 import __version__
from zoo_tf1.networks.demo import NAME, WEIGHTS

RECIPE: Dict[str, Any] = {"iterations": 4800, "batch_size": 8, "learning_rate": 0.002}
"""Of the committed weights, where it differs from `PafRecipe`."""
IMAGES = 6400
"""Four times the embedded train split: as many views of it would be learnt by heart. About 2.5 GB of memory."""
THREADS = 2
"""With which the committed weights were made."""


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Read the split, train, write weights and record; return the exit code."""
    parser = training_parser(
        "python -m zoo_tf1.demo", "Train paf_demo from scratch by its recipe; same machine and versions, same weights."
    )
    parser.add_argument(
        "--threads", type=positive, default=THREADS, metavar="N", help="other numbers round differently"
    )
    args = parser.parse_args(argv)
    demo = Demo(args.threads)
    training = Training(
        name=NAME,
        weights=WEIGHTS,
        recipe=PafRecipe,
        defaults=RECIPE,
        read=demo.read,
        train=demo.train,
        save=demo.save,
        distributions=("zoo-tf1", "tensorflow"),
        images=IMAGES,
    )
    return run_training(training, args)


class Demo:
    """The steps of one training, in this order."""

    def __init__(self, threads: int) -> None:
        from zoo_tf1.networks.paf_mobilenet import PafConfig

        self.threads = threads
        self.config = PafConfig()

    def read(self, dataset: CocoDataset, recipe: PafRecipe) -> Tuple[List[Scene], int]:
        """Return the photographs and how many people they show."""
        from zoo_tf1.training.snapshot import Snapshot

        identity = [__version__, dataset.fingerprint, self.config, recipe.model_dump(mode="json"), self.threads]
        self.snapshot = Snapshot.of(NAME, identity)
        scenes = read_scenes(dataset)
        return scenes, sum(len(scene.joints) for scene in scenes)

    def train(self, scenes: Sequence[Scene], recipe: PafRecipe) -> List[float]:
        """Train, or go on with what was interrupted; return the loss of every iteration."""
        from zoo_tf1.training.train import train

        self.weights, losses = train(self.config, scenes, recipe, self.threads, snapshot=self.snapshot)
        return losses

    def save(self, folder: Path) -> Dict[str, str]:
        """Write the graph; return its SHA-256 by file name."""
        from zoo_tf1.training.save import save_frozen

        files = save_frozen(self.config, self.weights, folder / (NAME + ".pb"))
        self.snapshot.remove()
        return files


if __name__ == "__main__":
    run("python -m zoo_tf1.demo", main)
