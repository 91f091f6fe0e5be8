"""Train the embedded network again: ``python -m zoo_mxnet.demo`` (or ``make demo-weights``)."""

from typing import Optional, Sequence

from zoo_common.console import run
from zoo_common.training.command import Trainee, run_training, training_parser
from zoo_mxnet import threads


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Read the split, train, write weights and record; return the exit code."""
    parser = training_parser(
        "python -m zoo_mxnet.demo",
        "Train simple_pose_demo from scratch by its recipe; same machine and versions, same weights.",
    )
    threads.add_arguments(parser)
    args = parser.parse_args(argv)
    threads.configure_once(args)
    from zoo_mxnet.networks.demo import INPUT_SIZE, NAME, WEIGHTS, DemoPose
    from zoo_mxnet.training.save import save_exported
    from zoo_mxnet.training.train import train

    network = DemoPose()
    trainee = Trainee(
        name=NAME,
        weights=WEIGHTS,
        input_size=INPUT_SIZE,
        defaults={},
        train=lambda people, recipe: train(network, people, recipe, INPUT_SIZE),
        save=lambda folder: save_exported(network, folder, NAME),
        distributions=("zoo-mxnet", "mxnet"),
    )
    return run_training(trainee, args)


if __name__ == "__main__":
    run("python -m zoo_mxnet.demo", main)
