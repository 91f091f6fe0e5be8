"""From a model card to a network: the one place where cards, weights and runtimes meet."""

import argparse
import os
from pathlib import Path
from typing import ClassVar, Sequence

from zoo_common.cards import Card, Registry
from zoo_common.cards.parts import Recipe
from zoo_common.errors import ZooError
from zoo_common.frontend import Backend, Built, CalibrationSet
from zoo_common.tasks import TopDownRegression
from zoo_tf2_rle import options, source
from zoo_tf2_rle.recipes import recipe_of


class Tf2RleBackend(Backend):
    """RLE pose regression. TensorFlow itself loads when the first network is built."""

    command: ClassVar[str] = "zoo-tf2-rle"
    distributions: ClassVar[Sequence[str]] = ("zoo-tf2-rle", "tensorflow-cpu")
    default_model: ClassVar[str] = os.environ.get("ZOO_MODEL", "rle_demo")
    default_precisions: ClassVar[Sequence[str]] = ("fp32", "fp16", "dynamic", "int8")

    def __init__(self) -> None:
        self.registry = Registry("zoo_tf2_rle")

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add where weights come from, and how the network runs."""
        options.add_weight_arguments(parser)
        options.add_running_arguments(parser)

    def build(self, card: Card, precision: str, calibration: CalibrationSet, args: argparse.Namespace) -> Built:
        """Build the network; see `Backend.build`."""
        source.check_card(card)
        recipe, task = recipe_of(card, precision, args), calibration.task
        if args.tflite is not None:
            return _opened(recipe, task, args)
        source.weights_path(card, args)
        set_threads(args)
        from zoo_tf2_rle import network

        found = source.open_network(card, task.input_shape[1:], args)
        if recipe.weight_bits == 32 and args.engine == "tensorflow":
            return Built(network.FrozenNetwork(found, recipe, task.input_shape[1:]), found.files)
        return Built(network.converted(found, recipe, calibration, args), found.files)


def _opened(recipe: Recipe, task: TopDownRegression, args: argparse.Namespace) -> Built:
    for flag in ("--weights", "--random-weights", "--float-heads"):
        if getattr(args, flag[2:].replace("-", "_")):
            raise ZooError("{}: not with --tflite, which holds its own".format(flag))
    from zoo_tf2_rle.network import opened_tflite

    network = opened_tflite(args.tflite, recipe, task, args)
    return Built(network, [source.reference(Path(args.tflite))])


def set_threads(args: argparse.Namespace) -> None:
    """Give TensorFlow the threads asked for, which it takes only before its first operation.

    Raises:
        ZooError: TensorFlow already runs on another number.
    """
    if args.threads is None:
        return
    from zoo_tf2_rle.tensorflow2 import tf

    threading = tf.config.threading
    if (threading.get_intra_op_parallelism_threads(), threading.get_inter_op_parallelism_threads()) == (
        args.threads,
        1,
    ):
        return
    try:
        threading.set_intra_op_parallelism_threads(args.threads)
        threading.set_inter_op_parallelism_threads(1)
    except RuntimeError:
        raise ZooError("--threads {}: TensorFlow already runs in this process".format(args.threads)) from None
