"""PASSED or FAILED: measured numbers against those a model is known to reach."""

from typing import Any, Mapping, Optional, Tuple, Union

from typing_extensions import Literal

from zoo_common.cards.card import BaseCard
from zoo_common.cards.parts import Conditions, Reference
from zoo_common.errors import ZooError, did_you_mean
from zoo_common.schema import Document, parse

_ROUNDING = 1e-12
"""Keeps 0.505 within 0.005 of 0.5 in binary."""


class Check(Document):
    """One metric against one reference."""

    metric: str
    measured: float
    expected: float
    tolerance: float
    source: str

    @property
    def passed(self) -> bool:
        """Whether the two are within the tolerance; never for NaN."""
        return abs(self.measured - self.expected) <= self.tolerance + _ROUNDING

    def __str__(self) -> str:
        sign = "within" if self.passed else "not within"
        return "{} {:.4f}, {} {:.4f} of {:.4f} ({})".format(
            self.metric, self.measured, sign, self.tolerance, self.expected, self.source
        )


class Verdict(Document):
    """All references that hold under the run's conditions."""

    checks: Tuple[Check, ...]

    @property
    def status(self) -> Literal["PASSED", "FAILED"]:
        """PASSED if every check passed."""
        return "PASSED" if all(check.passed for check in self.checks) else "FAILED"

    def __str__(self) -> str:
        return "{}: {}".format(self.status, "; ".join(str(check) for check in self.checks))


def check_reference(
    card: BaseCard,
    precision: str,
    conditions: Union[Conditions, Mapping[str, Any]],
    stats: Mapping[str, Optional[float]],
) -> Optional[Verdict]:
    """Hold measured numbers against the card's references.

    A reference counts if its precision and every condition it states are those of the run. A metric that was not
    measured (absent or ``None``) is not checked.

    Args:
        card: the model's card.
        precision: name of one of the card's precisions.
        conditions: of the run: ``dataset``, ``flip_test``, ``boxes``, ``images``.
        stats: measured value of each metric, by the names the card uses, such as ``AP``.

    Returns:
        The verdict, or ``None`` if no reference applies.

    Raises:
        ZooError: the card has no such precision, or ``conditions`` has an unknown field.
    """
    if precision not in card.precisions:
        raise ZooError(
            "{}: unknown precision '{}'{}".format(card.name, precision, did_you_mean(precision, card.precisions))
        )
    if not isinstance(conditions, Conditions):
        conditions = parse(Conditions, dict(conditions), "conditions")
    checks = []
    for item in card.reference:
        measured = stats.get(item.metric)
        if measured is not None and item.conditions.precision == precision and _applies(item, conditions):
            checks.append(
                Check(
                    metric=item.metric,
                    measured=float(measured),
                    expected=item.value,
                    tolerance=item.tolerance,
                    source=item.source,
                )
            )
    return Verdict(checks=tuple(checks)) if checks else None


def _applies(item: Reference, conditions: Conditions) -> bool:
    stated = item.conditions.model_dump(exclude={"precision"}, exclude_none=True)
    return all(getattr(conditions, name) == value for name, value in stated.items())
