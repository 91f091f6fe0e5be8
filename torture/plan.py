"""Which cases there are, in an order that a cut at any time leaves balanced."""

from typing import Iterator, List, NamedTuple, Tuple

from torture.faults import FAULTS
from torture.places import Place

COSTLY = ("kill", "full", "two", "stop")
"""The faults that strike places which are slow."""
REPEATED = {"full": 2, "refused": 2, "two": 2, "stop": 2}
"""Cases of a fault at a place; of the others one, kills as the place says."""


class Case(NamedTuple):
    """One fault at one place, with random numbers of its own.

    Attributes:
        fault: name of the fault.
        place: where it strikes.
        number: from 1.
    """

    fault: str
    place: Place
    number: int

    @property
    def name(self) -> str:
        """``FAULT/PLACE/NUMBER``."""
        return "{}/{}/{}".format(self.fault, self.place.name, self.number)


def cases(places: List[Place], only: List[str]) -> List[Case]:
    """Return the cases whose name is, or lies below, one of ``only``; all without any."""
    found = sorted(_all(places), key=lambda item: item[0])
    asked = tuple(name.rstrip("/") + "/" for name in only) or ("",)
    return [case for _, case in found if (case.name + "/").startswith(asked)]


def _all(places: List[Place]) -> Iterator[Tuple[float, Case]]:
    """Yield every case with its time, between 0 and 1: those that are repeated are spread evenly."""
    for fault in FAULTS:
        for place in places:
            if place.slow and fault not in COSTLY:
                continue
            count = place.kills if fault == "kill" else 1 if place.slow else REPEATED.get(fault, 1)
            for number in range(1, count + 1):
                yield (number - 0.5) / count, Case(fault, place, number)
