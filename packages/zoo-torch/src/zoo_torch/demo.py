"""Train the embedded network again: ``python -m zoo_torch.demo`` (or ``make demo-weights``)."""

import os
from typing import Any, Dict, Optional, Sequence

from zoo_common.console import positive, run
from zoo_common.training.command import Trainee, run_training, training_parser

RECIPE: Dict[str, Any] = {"iterations": 6000, "batch_size": 32, "learning_rate": 0.003, "sigma": 1.5}
"""Fields of the recipe that differ from the common ones."""
IMAGES = 6400
"""Four times the embedded train split, which such a network learns by heart (AP 0.967 there, 0.935 elsewhere)."""
THREADS = 2
"""With which the committed weights were made."""


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Read the split, train, write weights and record; return the exit code."""
    parser = training_parser(
        "python -m zoo_torch.demo",
        "Train hrnet_demo from scratch by its recipe; same machine and versions, same weights.",
    )
    parser.add_argument(
        "--threads", type=positive, default=THREADS, metavar="N", help="other numbers round differently"
    )
    args = parser.parse_args(argv)
    # Read when PyTorch loads: threads that spin at every barrier make hours of minutes on a machine with other work.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch

    from zoo_torch.networks.demo import CONFIG, INPUT_SIZE, NAME, WEIGHTS
    from zoo_torch.networks.hrnet import HRNet
    from zoo_torch.training.save import save_half
    from zoo_torch.training.train import train

    torch.set_num_threads(args.threads)
    network = HRNet(CONFIG)
    trainee = Trainee(
        name=NAME,
        weights=WEIGHTS,
        input_size=INPUT_SIZE,
        defaults=RECIPE,
        train=lambda people, recipe: train(network, people, recipe, INPUT_SIZE),
        save=lambda folder: save_half(network, folder / (NAME + ".safetensors")),
        distributions=("zoo-torch", "torch"),
        crop="hrnet",
        images=IMAGES,
    )
    return run_training(trainee, args)


if __name__ == "__main__":
    run("python -m zoo_torch.demo", main)
