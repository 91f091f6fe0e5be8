"""The summary table: one row a run, one description of the columns for the page, Markdown and CSV."""

from typing import Any, Dict, List, NamedTuple, Optional

from zoo_common.report.entries import Entry
from zoo_common.report.formats import ABSENT, fixed, p_value, percent, signed, signed_span, span
from zoo_common.report.groups import Group
from zoo_common.report.judgement import KEPT, is_borderline, is_significant
from zoo_common.report.precision import arithmetic
from zoo_common.runs.manifest import differences


class Column(NamedTuple):
    """A column: its name in `Cell` dictionaries, its heading, what it means, and whether it holds numbers."""

    key: str
    title: str
    meaning: str
    number: bool = True


class Cell(NamedTuple):
    """What a cell shows, the value it is sorted by (None is absent), and small print beside it."""

    text: str
    value: Any = None
    note: str = ""


COLUMNS = (
    Column("model", "Model", "Name of the model card", False),
    Column("precision", "Precision", "Name of the precision on the card", False),
    Column("arithmetic", "Arithmetic", "Executed integers, or floats rounded to their grid", False),
    Column("framework", "Framework", "Framework and version that ran the network", False),
    Column("ap", "AP", "COCO average precision, with its confidence interval over images"),
    Column("ar", "AR", "COCO average recall: of at most 20 people, or 100 boxes, an image"),
    Column("delta", "Δ AP", "Difference from the model's fp32 run, with its paired confidence interval"),
    Column("p", "p", "Paired permutation test of no difference"),
    Column("p50", "p50 ms", "Median latency of one sample at a time"),
    Column("p90", "p90 ms", "Latency that nine samples of ten stay below"),
    Column("images_per_s", "Img/s", "Of the whole evaluation, reading to results"),
    Column("megabytes", "MB", "Size of the network's file, 10⁶ bytes"),
    Column("parameters", "M params", "Parameters, millions"),
    Column("gflops", "GFLOPs", "10⁹ multiply-adds of one sample (one multiply-add counts once)"),
    Column("check", "Check", "Against the value the model card expects", False),
)


def cells(entry: Entry) -> Dict[str, Cell]:
    """Return the cells of a run's row by column."""
    run, change = entry.run, entry.change
    recall = run.stats.get(run.recall_name)
    delta = change.difference if change is not None else None
    latency = run.latency_ms if run.executed is not False else {}
    return {
        "model": Cell(run.model, run.model),
        "precision": Cell(run.precision, "{} {}".format(entry.style.order, run.precision)),
        "arithmetic": _word(arithmetic(run)),
        "framework": _word(run.framework),
        "ap": _number(entry.ap, 4, span(entry.interval, 3)),
        "ar": _number(recall, 4),
        "delta": Cell(signed(delta, 4), delta, signed_span(change.interval, 4) if change is not None else ""),
        "p": Cell(p_value(change.p_value, entry.comparison.replicates), change.p_value) if change else Cell(ABSENT),
        "p50": _number(latency.get("p50"), 2),
        "p90": _number(latency.get("p90"), 2),
        "images_per_s": _number(run.images_per_s, 1),
        "megabytes": _number(_scaled(run.file_bytes, 1e6), 2),
        "parameters": _number(_scaled(run.parameters, 1e6), 2),
        "gflops": _number(_scaled(run.multiply_adds, 1e9), 3),
        "check": _word(run.status),
    }


def remarks(entry: Entry, group: Group) -> List[str]:
    """Return what is unusual about a run, in a few words each."""
    manifest = entry.run.manifest
    found = list(_variant(entry, group))
    share = entry.share
    if share is not None and share < KEPT - 1 and is_significant(entry.comparison):
        found.append("loses {} of fp32".format(percent(-share, 2).lstrip("+")))
    if is_borderline(entry.comparison):
        found.append("borderline: interval and p disagree")
    if manifest.counts is not None and manifest.counts.images_failed:
        found.append("{} images failed".format(manifest.counts.images_failed))
    if manifest.calibration is not None and manifest.calibration.evaluated_images_seen:
        found.append("calibrated on {} evaluated images".format(manifest.calibration.evaluated_images_seen))
    if entry.problem:
        found.append("not compared: {}".format(entry.problem))
    return found


def _variant(entry: Entry, group: Group) -> List[str]:
    """Fields of the protocol in which runs of the same model and data differ, as this run has them."""
    own = entry.run.manifest.protocol
    varied = [
        line.split(": ", 1)[0] for run in group.of(entry.run.model) for line in differences(own, run.manifest.protocol)
    ]
    return ["{} {}".format(name, _at(own, name)) for name in dict.fromkeys(varied)]


def _at(document: Any, path: str) -> Any:
    for key in path.split("."):
        document = document.get(key) if isinstance(document, dict) else None
    return ABSENT if document is None else document


def _number(value: Optional[float], digits: int, note: str = "") -> Cell:
    return Cell(fixed(value, digits), value, note)


def _word(value: Optional[str]) -> Cell:
    return Cell(value or ABSENT, value)


def _scaled(value: Optional[float], unit: float) -> Optional[float]:
    return None if value is None else value / unit
