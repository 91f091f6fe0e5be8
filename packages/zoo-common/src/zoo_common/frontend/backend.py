"""What a framework package offers: cards, and a network for a card at a precision."""

import argparse
from abc import ABC, abstractmethod
from typing import ClassVar, List, NamedTuple, Sequence

from zoo_common.cards import Card, Registry
from zoo_common.evaluation import Network
from zoo_common.frontend.calibration import CalibrationSet
from zoo_common.runs.manifest import WeightsRef


class Built(NamedTuple):
    """A network with the weights files it came from."""

    network: Network
    weights: List[WeightsRef]


class Backend(ABC):
    """One framework package, as the shared commands see it."""

    command: ClassVar[str]
    """Console command, e.g. ``zoo-mxnet``."""
    distributions: ClassVar[Sequence[str]]
    """Distributions whose versions a result names, e.g. ``("zoo-mxnet", "mxnet", "gluoncv")``."""
    default_model: ClassVar[str]
    """Card that is evaluated where none is named."""
    default_precisions: ClassVar[Sequence[str]] = ("fp32",)
    """What is evaluated unless told otherwise, as far as the card has them."""
    registry: Registry

    @abstractmethod
    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the framework's own flags to ``evaluate`` and ``predict``."""

    def prepare(self, card: Card, args: argparse.Namespace) -> None:  # noqa: B027
        """Alter the arguments before the task is made of them, e.g. from a configuration file. Nothing by default."""

    @abstractmethod
    def build(self, card: Card, precision: str, calibration: CalibrationSet, args: argparse.Namespace) -> Built:
        """Build the network of a card; a precision that needs calibration reads ``calibration``."""
