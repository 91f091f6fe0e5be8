"""The three plots of a model: error of each joint or category, precision-recall, reliability of scores."""

from typing import Any, Dict, List, Mapping, NamedTuple, Sequence

import numpy as np

from zoo_common.metrics.protocol import RECALLS
from zoo_common.report.behaviour import FOUND, JOINT_NAMES, Behaviour
from zoo_common.report.entries import Entry
from zoo_common.report.figures import Figure, axis, line, marker, plain, rounded

HEIGHT = 400
MOST_CATEGORIES = 20


class Behaved(NamedTuple):
    """A run with what its matches say."""

    entry: Entry
    behaviour: Behaviour

    @property
    def name(self) -> str:
        """The precision, as Plotly shows it."""
        return plain(self.entry.run.precision)


def model_figures(runs: Sequence[Behaved], measure: str, names: Mapping[int, str]) -> List[Figure]:
    """Return the plots of one model.

    Args:
        runs: the model's precisions.
        measure: ``OKS`` or ``IoU``.
        names: the categories' names by id, as far as known.
    """
    first = _joints(runs) if measure == "OKS" else _categories(runs, names)
    return [first, _precision_recall(runs, measure), _reliability(runs, measure)]


def _joints(runs: Sequence[Behaved]) -> Figure:
    data = []
    for view, digits in (("px", 3), ("loss", 5)):
        for run, offset in zip(runs, _offsets(len(runs))):
            values = run.behaviour.joint_px if view == "px" else run.behaviour.joint_loss
            data.append(_dots(run, rounded(values, digits), JOINT_NAMES, offset, view))
    titles = {"px": "mean distance, image pixels", "loss": "1 \u2212 mean OKS of the joint"}
    caption = "Pixels: over people found with OKS {} or more. OKS: a person not found counts as lost.".format(FOUND)
    layout = dict(_dot_layout("", JOINT_NAMES), meta={"titles": titles})
    return Figure("Error of each joint", "Error of each joint, by precision.", data, layout, caption)


def _categories(runs: Sequence[Behaved], names: Mapping[int, str]) -> Figure:
    tables = [run.behaviour.category_ap for run in runs]
    shared = [key for key in tables[0] if all(key in table for table in tables)]
    spread = {key: max(t[key][0] for t in tables) - min(t[key][0] for t in tables) for key in shared}
    shown = sorted(shared, key=lambda key: -spread[key])[:MOST_CATEGORIES]
    labels = ["{} ({})".format(plain(names.get(key, "category {}".format(key))), tables[0][key][1]) for key in shown]
    data = []
    for run, offset in zip(runs, _offsets(len(runs))):
        data.append(_dots(run, [round(run.behaviour.category_ap[key][0], 4) for key in shown], labels, offset))
    caption = "In brackets, annotations; where precisions differ most on top."
    if len(shared) > len(shown):
        caption += " {} more are alike.".format(len(shared) - len(shown))
    return Figure(
        "AP of each category", "AP of each category.", data, _dot_layout("AP of the category", labels), caption
    )


def _offsets(count: int) -> List[float]:
    """Where in its row each precision's mark lies, so that equal values do not hide each other."""
    step = min(0.2, 0.72 / max(count, 1))
    return [round((place - (count - 1) / 2) * step, 3) for place in range(count)]


def _dots(run: Behaved, values: Sequence[Any], labels: Sequence[str], offset: float, view: str = "") -> Dict[str, Any]:
    trace = {
        "type": "scatter",
        "mode": "markers",
        "x": list(values),
        "y": [row + offset for row in range(len(labels))],
        "text": list(labels),
        "name": run.name,
        "marker": marker(run.entry.style, 6),
        "hovertemplate": "%{text}<br>%{x:.3f}",
    }
    return dict(trace, meta={"view": view}) if view else trace


def _dot_layout(title: str, labels: Sequence[str]) -> Dict[str, Any]:
    return {
        "height": max(HEIGHT, 80 + 19 * len(labels)),
        "hovermode": "closest",
        "xaxis": axis(title),
        "yaxis": {
            "range": [len(labels) - 0.4, -0.6],
            "tickvals": list(range(len(labels))),
            "ticktext": list(labels),
            "ticks": "",
        },
    }


def _precision_recall(runs: Sequence[Behaved], measure: str) -> Figure:
    data = []
    for view in ("mean", "0.50", "0.75"):
        for run in runs:
            data.append(
                {
                    "type": "scatter",
                    "mode": "lines",
                    "x": rounded(RECALLS, 2),
                    "y": rounded(run.behaviour.precision[view]),
                    "name": run.name,
                    "meta": {"view": view},
                    "line": line(run.entry.style),
                }
            )
    layout = {
        "height": HEIGHT,
        "hovermode": "x",
        "xaxis": axis("recall", range=[0, 1.01]),
        "yaxis": axis("precision", range=[0, 1.03]),
    }
    caption = "At 0.50–0.95 the mean over ten demands on {}: the area below a curve is its AP.".format(measure)
    return Figure("Precision and recall", "Precision against recall, by precision.", data, layout, caption)


def _reliability(runs: Sequence[Behaved], measure: str) -> Figure:
    probable = all(run.behaviour.reliability.error is not None for run in runs)
    data: List[Dict[str, Any]] = []
    if probable:
        diagonal = {"color": "var(--rule-strong)", "width": 1}
        data.append(
            {"type": "scatter", "mode": "lines", "x": [0, 1], "y": [0, 1], "line": diagonal, "hoverinfo": "skip"}
        )
    most = max(int(run.behaviour.reliability.count.max(initial=1)) for run in runs)
    for run in runs:
        found = run.behaviour.reliability
        look = marker(run.entry.style)
        look.update(size=rounded(4 + 7 * np.sqrt(found.count / most), 1), opacity=1)
        data.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "x": rounded(found.score),
                "y": rounded(found.share),
                "text": ["{} detections".format(count) for count in found.count],
                "name": run.name,
                "marker": look,
                "line": line(run.entry.style, 1),
                "hovertemplate": "score %{x:.3f}<br>true %{y:.3f}<br>%{text}",
            }
        )
    layout = {
        "height": HEIGHT,
        "hovermode": "closest",
        "xaxis": axis("score", range=[0, 1.02]) if probable else axis("score", rangemode="tozero"),
        "yaxis": axis("share true at {} 0.5".format(measure), range=[0, 1.05]),
    }
    caption = "Larger marks stand on more detections. "
    if probable:
        errors = ["{} {:.3f}".format(run.entry.run.precision, run.behaviour.reliability.error) for run in runs]
        caption += "Expected calibration error: {}.".format(", ".join(errors))
    else:
        caption += "This model's scores are no probabilities: bins of equal count, and no calibration error."
    return Figure("Reliability of scores", "Share of true matches against score.", data, layout, caption)
