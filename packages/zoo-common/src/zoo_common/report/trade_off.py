"""Accuracy against latency and against size: a point a run, a line a model."""

import math
from typing import Any, Callable, Dict, List, Optional, Sequence

from zoo_common.report.entries import Entry
from zoo_common.report.figures import Figure, axis, marker, plain
from zoo_common.report.formats import ABSENT, span
from zoo_common.runs.facts import RunFacts


def trade_off_figures(entries: Sequence[Entry]) -> List[Figure]:
    """Return the plots of one group of runs; those that no run has a number for are left out."""
    made = [
        _figure(entries, "Accuracy against latency", "p50 of one sample at a time, ms", _latency),
        _figure(entries, "Accuracy against size", "network file, MB", _megabytes),
    ]
    return [figure for figure in made if figure is not None]


def _latency(run: RunFacts) -> Optional[float]:
    return run.latency_ms.get("p50") if run.executed is not False else None


def _megabytes(run: RunFacts) -> Optional[float]:
    return None if run.file_bytes is None else run.file_bytes / 1e6


def _figure(
    entries: Sequence[Entry], title: str, x_title: str, number: Callable[[RunFacts], Optional[float]]
) -> Optional[Figure]:
    shown = [entry for entry in entries if number(entry.run) is not None and entry.ap is not None]
    if not shown:
        return None
    models: Dict[str, List[Entry]] = {}
    for entry in shown:
        models.setdefault(entry.run.model, []).append(entry)
    data = [_path(members, number) for members in models.values() if len(members) > 1]
    data += [_point(entry, number) for entry in shown]
    data.append(_labels(models, number))
    layout = {
        "xaxis": axis(x_title, type="log", **_ticks([number(entry.run) for entry in shown])),
        "yaxis": axis("AP", range=_heights(entries)),
        "height": 380,
        "hovermode": "closest",
    }
    missing = len(entries) - len(shown)
    caption = "Bars are the AP's confidence interval; a line joins the precisions of one model."
    if missing:
        caption += " Left out: {} of {} runs, simulated or not measured.".format(missing, len(entries))
    alt = "{}: {} runs of {}.".format(title, len(shown), ", ".join(models))
    return Figure(title, alt, data, layout, caption)


def _heights(entries: Sequence[Entry]) -> List[float]:
    """The same range of AP for every plot of a group."""
    ends = [end for entry in entries for end in (entry.interval or (entry.ap, entry.ap)) if end is not None]
    pad = 0.05 * max(max(ends) - min(ends), 0.01)
    return [round(min(ends) - pad, 4), round(max(ends) + pad, 4)]


def _ticks(values: Sequence[float]) -> Dict[str, Any]:
    """A logarithmic axis from a little below to well above the values (the names need room), ticks at 1, 2 and 5."""
    low, high = min(values) / 1.3, max(values) * 1.9
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks = [step * 10.0**decade for decade in decades for step in (1, 2, 5)]
    shown = [tick for tick in ticks if low <= tick <= high]
    return {
        "range": [round(math.log10(low), 4), round(math.log10(high), 4)],
        "tickvals": shown,
        "ticktext": ["{:g}".format(tick) for tick in shown],
    }


def _path(members: Sequence[Entry], number: Callable[[RunFacts], Optional[float]]) -> Dict[str, Any]:
    ordered = sorted(members, key=lambda entry: number(entry.run))
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [number(entry.run) for entry in ordered],
        "y": [entry.ap for entry in ordered],
        "line": {"color": "var(--rule-strong)", "width": 1},
        "hoverinfo": "skip",
    }


def _point(entry: Entry, number: Callable[[RunFacts], Optional[float]]) -> Dict[str, Any]:
    run, interval = entry.run, entry.interval
    trace: Dict[str, Any] = {
        "type": "scatter",
        "mode": "markers",
        "x": [number(run)],
        "y": [entry.ap],
        "marker": marker(entry.style, 8),
        "text": [
            "{} {}<br>AP {:.4f} ({})".format(
                plain(run.model), plain(run.precision), entry.ap, span(interval, 3) or ABSENT
            )
        ],
        "hovertemplate": "%{text}<br>%{x:.4g}<extra></extra>",
    }
    if interval is not None:
        trace["error_y"] = {
            "type": "data",
            "symmetric": False,
            "array": [interval.high - entry.ap],
            "arrayminus": [entry.ap - interval.low],
            "color": entry.style.color,
            "thickness": 1,
            "width": 0,
        }
    return trace


def _labels(models: Dict[str, List[Entry]], number: Callable[[RunFacts], Optional[float]]) -> Dict[str, Any]:
    """Each model's name at its slowest or largest run."""
    last = [max(members, key=lambda entry: number(entry.run)) for members in models.values()]
    return {
        "type": "scatter",
        "mode": "text",
        "x": [number(entry.run) for entry in last],
        "y": [entry.ap for entry in last],
        "text": ["  " + plain(entry.run.model) for entry in last],
        "textposition": "middle right",
        "textfont": {"color": "var(--ink-soft)", "size": 12},
        "cliponaxis": False,
        "hoverinfo": "skip",
    }
