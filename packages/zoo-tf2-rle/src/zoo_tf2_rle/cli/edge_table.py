"""The edge table: one row a precision, and a row of what is published of the same network."""

import csv
import io
from typing import TYPE_CHECKING, Dict, List, Optional

from tabulate import tabulate

from zoo_common.cards import Card
from zoo_common.evaluation.timing import ratios

if TYPE_CHECKING:
    from zoo_tf2_rle.cli.benchmark import Measured

FORMATS = ("table", "markdown", "csv")
PUBLISHED = "published"
EMBEDDED = "synthetic-"
"""What the names of embedded image sets begin with: the AP measured on one is ours."""
HEADERS = (
    "model",
    "precision",
    "params M",
    "GFLOPs",
    "MB",
    "p50 ms",
    "p90 ms",
    "CPU ms",
    "faster",
    "memory MB",
    "weights MB",
    "AP",
)
Row = List[str]


def edge_rows(card: Card, measured: "Measured") -> List[Row]:
    """Return the rows of one model: a cell is empty where nothing is known.

    ``faster`` is against the first precision; ``weights MB`` are part of ``memory MB``.
    """
    import numpy as np

    size = [_number(measured.parameters / 1e6, 3), _number(measured.multiply_adds / 1e9, 3)]
    faster = ratios(measured.timings, next(iter(measured.timings)))
    rows = []
    for precision, timing in measured.timings.items():
        p50, p90 = np.percentile(timing.wall_ms, [50, 90])
        memory = measured.memory[precision]
        times = [_number(value, 2) for value in (p50, p90, timing.median_cpu_ms, faster[precision])]
        moved = [_number(value / 1e6, 2) for value in (memory.total, memory.weights)]
        accuracy = _number(_stated(card, precision, own=True).get("AP"), 4)
        megabytes = _number(measured.file_bytes[precision] / 1e6, 2)
        rows.append([card.name, precision, *size, megabytes, *times, *moved, accuracy])
    stated = _stated(card, "fp32", own=False)
    if stated:
        found = [_number(stated.get(name), digits) for name, digits in (("parameters_m", 2), ("gflops", 3))]
        rows.append([card.name, PUBLISHED, *found, *[""] * 7, _number(stated.get("AP"), 3)])
    return rows


def edge_table(rows: List[Row], kind: str) -> str:
    """Return the rows in one of `FORMATS`."""
    if kind == "csv":
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([HEADERS, *rows])
        return text.getvalue().rstrip("\n")
    style = "github" if kind == "markdown" else "simple"
    return tabulate(rows, headers=HEADERS, tablefmt=style, disable_numparse=True)


def _stated(card: Card, precision: str, own: bool) -> Dict[str, float]:
    """Return the card's references at a precision, ours or published ones; under the flip test if there are both."""
    found = {}
    for item in sorted(card.reference, key=lambda item: bool(item.conditions.flip_test)):
        at = item.conditions
        if at.precision == precision and at.weights is None and at.dataset.startswith(EMBEDDED) == own:
            found[item.metric] = item.value
    return found


def _number(value: Optional[float], digits: int) -> str:
    return "" if value is None else "{:.{}f}".format(value, digits)
