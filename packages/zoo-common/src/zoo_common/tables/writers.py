"""Flat rows of runs as CSV, JSON or Parquet. What is absent stays null; an empty field in CSV."""

import csv
import io
import json
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, List, Optional

from zoo_common.errors import ZooError
from zoo_common.extras import require
from zoo_common.files import atomic_open
from zoo_common.runs.facts import RunFacts
from zoo_common.tables.column import TYPE_NAMES
from zoo_common.tables.columns import COLUMNS, flat_row
from zoo_common.tables.spreadsheet import inert

Rows = List[Dict[str, Any]]


def export(runs: Iterable[RunFacts], format: str, out: Optional[Path] = None) -> Optional[str]:
    """Write one row a run, atomically.

    Args:
        runs: in the order of the rows.
        format: one of `FORMATS`.
        out: file to write; None returns the text instead.

    Raises:
        ZooError: ``parquet`` without a file or without pyarrow, a damaged run, or a file that cannot be written.
    """
    rows = [flat_row(facts) for facts in runs]
    if out is None and format == "parquet":
        raise ZooError("--format parquet: not text; name a file with --out")
    content = FORMATS[format](rows)
    if out is None:
        return content.decode("utf-8")
    with atomic_open(out, "wb") as stream:
        stream.write(content)
    return None


def _csv(rows: Rows) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, [column.name for column in COLUMNS], lineterminator="\n")
    writer.writeheader()
    for row in rows:
        texts = {name: str(value).lower() if type(value) is bool else value for name, value in row.items()}
        writer.writerow(inert(texts))
    return text.getvalue().encode("utf-8")


def _json(rows: Rows) -> bytes:
    return (json.dumps(rows, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8")


def _parquet(rows: Rows) -> bytes:
    arrow = require("pyarrow", "report", "--format parquet")
    parquet = require("pyarrow.parquet", "report", "--format parquet")
    fields = [
        arrow.field(column.name, arrow.type_for_alias(TYPE_NAMES[column.type]), metadata={"meaning": column.meaning})
        for column in COLUMNS
    ]
    buffer = arrow.BufferOutputStream()
    parquet.write_table(arrow.Table.from_pylist(rows, schema=arrow.schema(fields)), buffer)
    return buffer.getvalue().to_pybytes()


FORMATS: Dict[str, Callable[[Rows], bytes]] = {"csv": _csv, "json": _json, "parquet": _parquet}
"""Name to what makes a file's bytes of rows."""
