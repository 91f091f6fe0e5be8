"""A comparison as text for the terminal."""

from typing import Any, List, Optional, Sequence

from tabulate import tabulate

from zoo_common.comparison.gates import percent
from zoo_common.comparison.result import Change, Comparison


def comparison_text(comparison: Comparison) -> str:
    """Return the comparison as tables, with a sentence that says what follows."""
    parts = ["reference  {}\ncandidate  {}".format(comparison.reference, comparison.candidate)]
    if comparison.unlike:
        parts.append("NOT EVALUATED ALIKE (forced); differs in\n  " + "\n  ".join(comparison.unlike))
    parts.append(_statistics(comparison))
    parts.append(verdict(comparison))
    if comparison.joints:
        parts.append(_joints(comparison))
    if comparison.categories:
        worst = sorted(comparison.categories, key=lambda item: item.difference or 0.0)
        parts.append("AP of categories, by loss\n" + _plain("category", "objects", worst))
    what = "people, by OKS" if comparison.joints else "objects, by IoU"
    if comparison.annotations:
        parts.append("most changed {}\n{}".format(what, _annotations(comparison)))
        parts.append("most changed images, by the mean of theirs\n" + _images(comparison))
    return "\n\n".join(parts)


def verdict(comparison: Comparison) -> str:
    """Return in a sentence whether AP differs, and which loss can be excluded."""
    change = comparison.statistic("AP")
    if change.difference is None or change.interval is None:
        return "AP is undefined in one of the runs: nothing can be said."
    low, high = change.interval
    text = "AP {:+.4f}, {} interval {:+.4f} to {:+.4f} over {} images, p {:.3f}: ".format(
        change.difference, percent(comparison.confidence), low, high, comparison.images, change.p_value or 0.0
    )
    if low <= 0 <= high:
        return text + "no difference is shown; a loss of more than {:.4f} is excluded.".format(max(-low, 0.0))
    return text + ("a real loss." if high < 0 else "a real gain.")


def _statistics(comparison: Comparison) -> str:
    rows = []
    for change in comparison.statistics:
        row = [change.name, _number(change.reference), _number(change.candidate), _signed(change.difference)]
        interval = change.interval
        row.append("{:+.4f} to {:+.4f}".format(*interval) if interval else "")
        row.append("" if change.p_value is None else "{:.3f}".format(change.p_value))
        rows.append(row)
    headers = ["", "reference", "candidate", "difference", percent(comparison.confidence) + " interval", "p"]
    return _table(rows, headers)


def _joints(comparison: Comparison) -> str:
    rows = [
        [a.name, a.count, _number(a.reference), _number(a.candidate), _signed(a.difference)]
        + [_number(b.reference, 2), _number(b.candidate, 2), _signed(b.difference, 2)]
        for a, b in zip(comparison.joints, comparison.joint_error_px)
    ]
    headers = ["joint", "labelled", "OKS", "candidate", "difference", "error px", "candidate", "difference"]
    return _table(rows, headers)


def _plain(title: str, count: str, changes: Sequence[Change]) -> str:
    rows = [[c.name, c.count, _number(c.reference), _number(c.candidate), _signed(c.difference)] for c in changes]
    return _table(rows, [title, count, "reference", "candidate", "difference"])


def _annotations(comparison: Comparison) -> str:
    rows = [
        [
            c.image_id,
            c.annotation_id,
            _number(c.reference),
            _number(c.candidate),
            _signed(c.change),
            _number(c.shift_px, 1),
        ]
        for c in comparison.annotations
    ]
    return _table(rows, ["image", "annotation", "reference", "candidate", "difference", "shift px"])


def _images(comparison: Comparison) -> str:
    rows = [
        [c.image_id, c.annotations, _number(c.reference), _number(c.candidate), _signed(c.change)]
        for c in comparison.image_changes
    ]
    return _table(rows, ["image", "annotations", "reference", "candidate", "difference"])


def _table(rows: List[List[Any]], headers: List[str]) -> str:
    return str(tabulate(rows, headers=headers, disable_numparse=True))


def _number(value: Optional[float], places: int = 4) -> str:
    return "-" if value is None else "{:.{}f}".format(value, places)


def _signed(value: Optional[float], places: int = 4) -> str:
    return "-" if value is None else "{:+.{}f}".format(value, places)
