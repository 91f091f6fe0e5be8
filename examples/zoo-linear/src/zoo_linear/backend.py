"""What the zoo needs to know of this package; `pyproject.toml` names this class under ``zoo.backends``."""

import argparse
from typing import ClassVar, Sequence

from zoo_common.cards import Card, Registry, resolve_weights
from zoo_common.files import sha256_file
from zoo_common.frontend import Backend, Built, CalibrationSet
from zoo_common.runs.manifest import WeightsRef
from zoo_linear.network import IntegerNetwork, LinearNetwork


class LinearBackend(Backend):
    """One linear layer in NumPy."""

    command: ClassVar[str] = "zoo-linear"
    distributions: ClassVar[Sequence[str]] = ("zoo-linear",)
    default_model: ClassVar[str] = "linear_demo"
    default_precisions: ClassVar[Sequence[str]] = ("fp32", "int8")

    def __init__(self) -> None:
        self.registry = Registry("zoo_linear")

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add nothing: there is one file of weights and one way to run it."""

    def build(self, card: Card, precision: str, calibration: CalibrationSet, args: argparse.Namespace) -> Built:
        """Build the network; see `Backend.build`."""
        path = resolve_weights(card, "weights")
        network = IntegerNetwork(path, calibration.batches(32)) if precision == "int8" else LinearNetwork(path)
        return Built(network, [WeightsRef(file=path.name, sha256=sha256_file(path))])
