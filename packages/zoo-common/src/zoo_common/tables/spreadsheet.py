"""Cells of CSV files that a spreadsheet will open."""

from typing import Any, Dict

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def inert(row: Dict[str, Any]) -> Dict[str, Any]:
    """Return a row whose texts no spreadsheet takes for a formula: those that begin like one get an apostrophe before.

    Numbers stay as they are.
    """
    return {name: "'" + value if _is_formula(value) else value for name, value in row.items()}


def _is_formula(value: Any) -> bool:
    return isinstance(value, str) and value.lstrip(" \n").startswith(_FORMULA)
