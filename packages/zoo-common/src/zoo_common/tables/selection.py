"""Which rows of a listing are shown, and in which order."""

from typing import Any, Dict, List, Optional, Sequence

from zoo_common.errors import ZooError, did_you_mean

Rows = List[Dict[str, Any]]


def selected(rows: Rows, field: str, names: Optional[str]) -> Rows:
    """Return the rows whose ``field`` is one of the comma-separated ``names``; all where there are none.

    Raises:
        ZooError: no row has one of the names; the message has the nearest.
    """
    if names is None:
        return rows
    known = {row[field] for row in rows}
    wanted = [name.strip() for name in names.split(",")]
    for name in wanted:
        if rows and name not in known:
            raise ZooError("--{}: no run of '{}'{}".format(field, name, did_you_mean(name, known)))
    return [row for row in rows if row[field] in wanted]


def ordered(rows: Rows, column: Optional[str], titles: Dict[str, str]) -> Rows:
    """Return the rows by a column: numbers from the highest down, texts from a to z, absent ones last.

    Args:
        rows: in their own order, which remains where the column says nothing.
        column: a key of the rows, or its title; None leaves the order.
        titles: title of each key.

    Raises:
        ZooError: there is no such column; the message has the nearest.
    """
    if column is None:
        return rows
    keys = {title: key for key, title in titles.items()}
    key = column if column in titles else keys.get(column)
    if key is None:
        raise ZooError("--sort: no column '{}'{}".format(column, did_you_mean(column, _names(titles))))
    there = [row for row in rows if _value(row, key) is not None]
    numbers = all(isinstance(_value(row, key), (int, float)) for row in there)
    absent = [row for row in rows if _value(row, key) is None]
    return sorted(there, key=lambda row: _value(row, key), reverse=numbers) + absent


def _value(row: Dict[str, Any], key: str) -> Any:
    return row.get(key, row.get("AR100") if key == "AR" else None)  # one column shows both


def _names(titles: Dict[str, str]) -> Sequence[str]:
    return sorted(set(titles) | set(titles.values()))
