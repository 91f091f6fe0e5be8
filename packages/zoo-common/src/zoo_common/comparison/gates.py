"""Conditions a candidate must meet: for continuous integration, with the reason where one is missed."""

from typing import NamedTuple

from zoo_common.comparison.result import Comparison
from zoo_common.errors import ZooError


class Gate(NamedTuple):
    """A condition and what became of it; ``text`` says both in one line."""

    passed: bool
    text: str


def drop_below(comparison: Comparison, limit: float, confident: bool) -> Gate:
    """Require that AP drops by less than ``limit``.

    Args:
        comparison: of two runs.
        limit: in AP, e.g. 0.01.
        confident: require it of the whole interval of the drop, not only of the drop that was measured: the run must
            show that it is not worse, and too few images do not pass (a test of non-inferiority).

    Raises:
        ZooError: AP is undefined in one of the runs.
    """
    change = comparison.statistic("AP")
    if change.difference is None:
        raise ZooError("{}: AP is undefined, so no gate can be held against it".format(comparison.candidate))
    drop, name = -change.difference, "AP drop {:.4f}".format(-change.difference)
    if confident:
        drop = -change.interval.low if change.interval else float("inf")
        name += ", with {} confidence below {:.4f}".format(percent(comparison.confidence), drop)
    return _gate(drop < limit, name, "below {:g} is required".format(limit))


def of_reference(comparison: Comparison, share: float, confident: bool) -> Gate:
    """Require at least ``share`` of the reference's AP, as MLPerf's 99 % and 99.9 % targets do.

    Args:
        comparison: of two runs.
        share: e.g. 0.99.
        confident: as of `drop_below`.

    Raises:
        ZooError: AP is undefined in one of the runs, or 0 in the reference.
    """
    change = comparison.statistic("AP")
    if change.candidate is None or not change.reference:
        raise ZooError("{}: AP is undefined or 0, so no share of it can be required".format(comparison.reference))
    ratio = change.candidate / change.reference
    name = "AP is {:.2f} % of the reference's".format(100 * ratio)
    if confident:
        ratio = change.ratio_interval.low if change.ratio_interval else 0.0
        name += ", with {} confidence at least {:.2f} %".format(percent(comparison.confidence), 100 * ratio)
    return _gate(ratio >= share, name, "at least {:g} % is required".format(100 * share))


def percent(confidence: float) -> str:
    """Return 0.95 as ``95 %``."""
    return "{:g} %".format(100 * confidence)


def _gate(passed: bool, name: str, required: str) -> Gate:
    return Gate(passed, "{}: {}; {}".format("PASSED" if passed else "FAILED", name, required))
