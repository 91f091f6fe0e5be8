"""The framework's own command-line options, in groups shared by the commands."""

import argparse
from typing import Any

from zoo_common.console import positive
from zoo_tf2_rle.recipes import CHOICES

ENGINES = ("tensorflow", "tflite")
DELEGATES = ("xnnpack", "none")
"""Who runs TFLite's operators: the first is the quicker at every precision (``benchmarks/rle_tflite.py``)."""


def add_weight_arguments(parser: argparse.ArgumentParser, random: bool = True, tflite: bool = True) -> None:
    """Add where weights come from; ``random`` and ``tflite``: whether ``--random-weights`` and ``--tflite`` as well."""
    group = parser.add_argument_group("weights (default: the card's)")
    group.add_argument(
        "--weights",
        metavar="FILE",
        help="Keras .h5, SavedModel folder or TensorFlow checkpoint of the card's network, or the official .pth",
    )
    if tflite:
        group.add_argument(
            "--tflite", metavar="FILE", help="run this TFLite file as it is, under the name of the precision asked for"
        )
    if random:
        group.add_argument(
            "--random-weights", action="store_true", help="for trials of speed and set-up: the network knows nothing"
        )


def add_running_arguments(parser: argparse.ArgumentParser) -> None:
    """Add how the network runs."""
    group = parser.add_argument_group("execution")
    group.add_argument(
        "--engine", choices=ENGINES, default=ENGINES[0], help="runtime of fp32; the others are TFLite's alone"
    )
    add_tflite_arguments(group)
    group.add_argument("--threads", type=positive, metavar="N", help="of the network (default: one a core)")


def add_tflite_arguments(group: Any) -> None:
    """Add how TFLite runs, and what of an int8 network stays float."""
    add_delegate_argument(group)
    add_quantization_arguments(group)


def add_delegate_argument(group: Any) -> None:
    """Add how TFLite runs."""
    group.add_argument(
        "--delegate", choices=DELEGATES, default=DELEGATES[0], help="XNNPACK, or TFLite's built-in kernels alone"
    )


def add_quantization_arguments(group: Any) -> None:
    """Add what of an int8 network stays float."""
    group.add_argument(
        "--float-heads", choices=tuple(CHOICES), help="heads that int8 networks compute in float (default: the card's)"
    )
