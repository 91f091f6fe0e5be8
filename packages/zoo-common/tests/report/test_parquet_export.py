"""Parquet: pyarrow alone reads back names, types, nulls and values."""

import sys

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from run_documents import write_run
from zoo_common.runs.facts import find_facts
from zoo_common.tables.column import TYPE_NAMES
from zoo_common.tables.columns import COLUMNS, flat_row
from zoo_common.tables.writers import export


@pytest.fixture
def table(tmp_path):
    write_run(tmp_path / "a")
    write_run(tmp_path / "b", boxes=True, network={}, calibration=None)
    export(find_facts([tmp_path]), "parquet", tmp_path / "runs.parquet")
    return pq.read_table(tmp_path / "runs.parquet")


def test_types_are_those_of_the_columns(table):
    names = {"string": pa.string(), "bool": pa.bool_(), "int64": pa.int64(), "float64": pa.float64()}
    assert [(field.name, field.type) for field in table.schema] == [
        (c.name, names[TYPE_NAMES[c.type]]) for c in COLUMNS
    ]
    assert table.schema.field("AP").metadata == {b"meaning": b"mean over thresholds 0.50 to 0.95"}


def test_rows_and_nulls_come_back(table, tmp_path):
    assert table.to_pylist() == [flat_row(facts) for facts in find_facts([tmp_path])]
    assert table["executed"].to_pylist() == [True, None] and table["status"].null_count == 0
    assert pc.max(table["AP"]).as_py() == 0.5
    assert "pandas" not in sys.modules


def test_a_column_that_no_run_fills_keeps_its_type(tmp_path):
    write_run(tmp_path / "a", documents=False, network={})
    export(find_facts([tmp_path]), "parquet", tmp_path / "runs.parquet")
    column = pq.read_table(tmp_path / "runs.parquet")["AP"]
    assert column.type == pa.float64() and column.null_count == 1
