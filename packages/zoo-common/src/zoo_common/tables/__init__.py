"""Runs as tables: flat typed columns for files, and pages for terminals."""

from zoo_common.tables.columns import COLUMNS, flat_row
from zoo_common.tables.writers import FORMATS, export

__all__ = ["COLUMNS", "FORMATS", "export", "flat_row"]
