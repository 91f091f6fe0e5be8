"""What a case may come to."""

from typing import NamedTuple


class Outcome(NamedTuple):
    """A case that went well.

    Attributes:
        faults: how many struck.
        said: what is worth telling, else empty.
    """

    faults: int
    said: str = ""


class ViolationError(Exception):
    """A promise that was not kept."""


class SkippedError(Exception):
    """This machine cannot cause the fault; says what is missing."""


def require(kept: object, broken: str, *values: object) -> None:
    """Raise `ViolationError` unless ``kept``; ``broken`` is a format of ``values``."""
    if not kept:
        raise ViolationError(broken.format(*values))
