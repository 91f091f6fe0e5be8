"""When a difference counts as real, and whether a simulation foretold the device."""

from typing import NamedTuple, Optional

from zoo_common.comparison import Change, Comparison, Interval
from zoo_common.report.entries import FEEBLE, Prediction
from zoo_common.report.formats import percent, signed_span

KEPT = 0.99
"""Share of the reference's AP that counts as kept: the usual bar of MLPerf Inference (its other is 0.999)."""


class Judgement(NamedTuple):
    """Whether a simulation foretold the executed run: ``predicted``, ``missed``, ``undecided`` or ``open``, and why."""

    word: str
    text: str


def excludes_zero(interval: Optional[Interval]) -> bool:
    """Tell whether an interval lies on one side of zero."""
    return interval is not None and (interval.low > 0 or interval.high < 0)


def is_significant(comparison: Optional[Comparison]) -> bool:
    """Tell whether the difference of AP is real by both signs: interval without zero, and p below 1 - confidence."""
    return comparison is not None and all(_signs(comparison))


def is_borderline(comparison: Optional[Comparison]) -> bool:
    """Tell whether interval and permutation test disagree."""
    return comparison is not None and len(set(_signs(comparison))) == 2


def stays_within(change: Change, share: float) -> bool:
    """Tell whether the whole interval of a difference is smaller than a share of the reference."""
    if change.interval is None or change.reference is None:
        return False
    return max(abs(change.interval.low), abs(change.interval.high)) <= share * change.reference


def judge(prediction: Prediction) -> Judgement:
    """Return whether the simulation foretold the executed run.

    Predicted: the whole interval of executed - simulated lies within 1 % of the simulated AP. Missed: the difference
    is significant and larger. Anything else these images leave undecided.
    """
    if prediction.pair.executed is None:
        return Judgement("open", "No executed run of these bit widths is here: the prediction stands untested.")
    if prediction.comparison is None:
        return Judgement("open", "Not compared: {}".format(prediction.problem))
    change = prediction.comparison.statistic("AP")
    if change.difference is None or change.interval is None or (change.reference or 0.0) < FEEBLE:
        return Judgement("open", "AP is undefined or below {}: too little to judge by.".format(FEEBLE))
    most = max(abs(change.interval.low), abs(change.interval.high))
    level = "{:g}\u202f%".format(100 * prediction.comparison.confidence)
    if stays_within(change, 1 - KEPT):
        text = "Predicted: at {} confidence executed is within {:.4f} AP of it.".format(level, most)
        return Judgement("predicted", text)
    share = percent(abs(change.difference) / change.reference).lstrip("+")
    side = "better" if change.difference > 0 else "worse"
    if is_significant(prediction.comparison) and abs(change.difference) > (1 - KEPT) * change.reference:
        return Judgement("missed", "Not predicted: executed is {} by {} of the simulated AP.".format(side, share))
    text = "Undecided: executed is {} by {}, but {} (at {}) leaves room on both sides of 1\u202f%."
    return Judgement("undecided", text.format(side, share, signed_span(change.interval, 4), level))


def _signs(comparison: Comparison) -> "tuple[bool, bool]":
    change = comparison.statistic("AP")
    outside = excludes_zero(change.interval)
    return outside, outside if change.p_value is None else change.p_value < 1 - comparison.confidence
