"""The last word of an evaluation at several precisions: one row each."""

from typing import Any, Dict, List, Sequence

from tabulate import tabulate

COLUMNS = (
    ("precision", "precision", None),
    ("arithmetic", "arithmetic", None),
    ("AP", "AP", ".4f"),
    ("loss", "loss", "+.4f"),
    ("AP50", "AP50", ".4f"),
    ("AP75", "AP75", ".4f"),
    ("AR", "AR", ".4f"),
    ("AR100", "AR100", ".4f"),
    ("sqnr_db", "SQNR dB", ".1f"),
    ("shift_px", "joint shift px", ".3f"),
    ("samples_per_s", "samples/s", ".1f"),
    ("latency_p50_ms", "p50 ms", ".2f"),
    ("file_mb", "MB", ".2f"),
)


def comparison_table(rows: Sequence[Dict[str, Any]]) -> str:
    """Return a table of rows as `zoo_common.runs.rows` makes them, in order; the first is what ``loss`` refers to.

    ``fidelity`` of a row, as `FidelityProbe.compare` returns it, fills SQNR and joint shift. Columns that no row
    fills are left out.
    """
    base = rows[0].get("AP")
    cells: List[Dict[str, Any]] = []
    for row in rows:
        fidelity = row.get("fidelity") or {}
        cell = dict(row, sqnr_db=fidelity.get("sqnr_db"), shift_px=(fidelity.get("joint_shift_px") or {}).get("mean"))
        if row is not rows[0] and base is not None and row.get("AP") is not None:
            cell["loss"] = row["AP"] - base
        cells.append(cell)
    columns = [column for column in COLUMNS if any(cell.get(column[0]) is not None for cell in cells)]
    body = [[_cell(cell.get(key), style) for key, _, style in columns] for cell in cells]
    return tabulate(body, headers=[title for _, title, _ in columns], disable_numparse=True)


def _cell(value: Any, style: Any) -> str:
    if value is None:
        return "-"
    return format(value, style) if style else str(value)
