"""Numbers that others published for the models of some cards; they stand beside ours and are never compared for us."""

from typing import Any, List, NamedTuple, Optional, Sequence

from zoo_common.cards import Check, Registry
from zoo_common.cards.parts import Reference
from zoo_common.files import PathLike
from zoo_common.runs.facts import RunFacts

OURS = "measured "
"""How the source of a reference begins that this project measured itself."""


class Published(NamedTuple):
    """A published number; ``run`` and ``measured`` of ours under the same conditions, where there is one."""

    model: str
    title: str
    reference: Reference
    run: Optional[RunFacts] = None
    measured: Optional[float] = None
    passed: Optional[bool] = None

    @property
    def value(self) -> str:
        """The number with the digits it was published with, three at least."""
        digits = len(repr(self.reference.value).partition(".")[2])
        return "{:.{}f}".format(self.reference.value, max(digits, 3))

    @property
    def conditions(self) -> str:
        """The conditions in words; the precision is left to its own column."""
        stated = self.reference.conditions.model_dump(exclude={"precision"}, exclude_none=True)
        words = [str(stated.pop("dataset"))]
        if "images" in stated:
            words.append("{:,} images".format(stated.pop("images")).replace(",", "\u202f"))
        if "flip_test" in stated:
            words.append("flip test" if stated.pop("flip_test") else "no flip test")
        return ", ".join(words + ["{} {}".format(name, value) for name, value in stated.items()])


def published(cards: Sequence[PathLike], runs: Sequence[RunFacts]) -> List[Published]:
    """Return the published numbers of all cards in some folders.

    A number stands beside a run only where the run's own verdict was held against it: same card, precision and
    conditions.

    Raises:
        ZooError: a folder or card is wrong.
    """
    found = []
    for folder in cards:
        registry = Registry(folder)
        for name in registry.names():
            card = registry.get(name)
            for reference in card.reference:
                if not reference.source.startswith(OURS):
                    found.append(_beside(Published(card.name, card.title, reference), runs))
    return sorted(found, key=lambda item: item.run is None)


def _beside(item: Published, runs: Sequence[RunFacts]) -> Published:
    reference = item.reference
    for run in runs:
        if run.model == item.model and run.precision == reference.conditions.precision:
            for check in run.verdict.get("checks", []):
                if _is_of(check, reference):
                    measured = float(check["measured"])
                    found = Check(
                        metric=reference.metric,
                        measured=measured,
                        expected=reference.value,
                        tolerance=reference.tolerance,
                        source=reference.source,
                    )
                    return item._replace(run=run, measured=measured, passed=found.passed)
    return item


def _is_of(check: Any, reference: Reference) -> bool:
    wanted = {"metric": reference.metric, "expected": reference.value, "source": reference.source}
    return isinstance(check, dict) and "measured" in check and all(check.get(k) == v for k, v in wanted.items())
