"""The table of runs on a terminal: grouped by model, coloured, with the columns that its width holds."""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from zoo_common.tables.terminal import STYLES, precision_style, status_style

ABSENT = "–"
GAP = 2


class Shown(NamedTuple):
    """A column: key of the row, title, format of a number, and how dispensable it is (0: always shown)."""

    key: str
    title: str
    form: Optional[str] = None
    expendable: int = 0


COLUMNS = (
    Shown("precision", "precision"),
    Shown("arithmetic", "arithmetic", None, 3),
    Shown("AP", "AP", ".4f"),
    Shown("AP50", "AP50", ".4f", 8),
    Shown("AP75", "AP75", ".4f", 9),
    Shown("AR", "AR", ".4f", 5),
    Shown("latency_p50_ms", "p50 ms", ".2f", 2),
    Shown("samples_per_s", "samples/s", ".1f", 4),
    Shown("file_mb", "MB", ".2f", 1),
    Shown("images", "images", "d", 7),
    Shown("samples", "samples", "d", 10),
    Shown("status", "verdict"),
    Shown("data", "data"),
    Shown("state", "state"),
    Shown("run", "run", None, 6),
)
SAID_ONCE = ("data", "state", "images", "samples")
"""Left out of the table and said above it where all runs agree."""

WRAPPED = {"state": 24}
"""Characters beyond which a column goes on in the next line."""

Row = Dict[str, Any]


def print_rows(rows: Sequence[Row], console: Any, grouped: bool = True) -> None:
    """Print rows as `zoo_common.runs.listing.rows` makes them on rich's ``console``.

    Args:
        rows: at least one.
        console: whose width decides which columns are left out.
        grouped: a line a model and its runs below it; False names the model in every line.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    rows = [dict(row, AR=row.get("AR", row.get("AR100"))) for row in rows]
    if grouped:
        rows = sorted(rows, key=lambda row: row["model"])
    once = [key for key in SAID_ONCE if len(rows) > 1 and len({row.get(key) for row in rows}) == 1]
    columns = [column for column in COLUMNS if column.key not in once and any(column.key in row for row in rows)]
    if not grouped:
        columns.insert(0, Shown("model", "model"))
    everything, columns = columns, fitting(columns, rows, console.width, grouped)
    said = [_said(key, rows[0][key]) for key in once if rows[0].get(key) is not None]
    if said:
        console.print(Text(", ".join(said), STYLES["caution"] if "synthetic" in said[0] else ""))
    table = Table(box=box.SIMPLE_HEAD, padding=(0, GAP - 1, 0, 0), pad_edge=False, show_edge=False)
    for column in columns:
        table.add_column(
            column.title,
            justify="right" if column.form else "left",
            no_wrap=column.key not in WRAPPED,
            overflow="ellipsis",
            max_width=WRAPPED.get(column.key),
        )
    model = None
    for row in rows:
        if grouped and row["model"] != model:
            model = row["model"]
            table.add_row(Text(model, "bold"))
        table.add_row(*(Text(*_cell(column, row, grouped)) for column in columns))
    console.print(table)
    without = [column.title for column in everything if column not in columns]
    if without:
        console.print(Text("left out at this width: " + ", ".join(without), STYLES["quiet"]))


def fitting(columns: Sequence[Shown], rows: Sequence[Row], width: int, grouped: bool) -> List[Shown]:
    """Return the columns that fit into ``width`` characters, the most needed first."""

    def needed(column: Shown) -> int:
        widest = max(len(_cell(column, row, grouped)[0]) for row in rows)
        if grouped and column.key == "precision":
            widest = max([widest] + [len(row["model"]) for row in rows])
        return min(max(widest, len(column.title)), WRAPPED.get(column.key, width)) + GAP

    kept = [column for column in columns if not column.expendable]
    for column in sorted(columns, key=lambda column: column.expendable):
        if column not in kept and sum(map(needed, [*kept, column])) - GAP <= width:
            kept.append(column)
    return [column for column in columns if column in kept]


def _cell(column: Shown, row: Row, grouped: bool) -> Tuple[str, str]:
    value = row.get(column.key)
    if value is None:
        return ABSENT, STYLES["quiet"]
    text = format(value, column.form) if column.form else str(value)
    indented = grouped and column.key == "precision"
    return "  " * indented + text, _style(column.key, text)


def _style(key: str, text: str) -> str:
    if key == "precision":
        return precision_style(text)
    if key == "status":
        return status_style(text)
    if key == "state" and text != "complete":
        return STYLES["bad"]
    if key == "data" and "synthetic" in text:
        return STYLES["caution"]
    return STYLES["quiet"] if key in ("state", "run") or text == "simulated" else ""


def _said(key: str, value: Any) -> str:
    return "{} {}".format(value, key) if key in ("images", "samples") else str(value)
