"""A page about a run as plain data: sections of labelled lines, before anything is coloured."""

from typing import Any, Dict, Iterator, Mapping, NamedTuple, Optional, Tuple

GOOD, BAD, CAUTION, QUIET = "good", "bad", "caution", "quiet"


class Line(NamedTuple):
    """A label and what it says; ``style`` is one of `GOOD`, `BAD`, `CAUTION`, `QUIET`, or empty."""

    label: str
    text: str
    style: str = ""


class Section(NamedTuple):
    """A title and its lines."""

    title: str
    lines: Tuple[Line, ...]


def section(title: str, *lines: Optional[Line]) -> Section:
    """Return a section of the lines that are there."""
    return Section(title, tuple(line for line in lines if line is not None))


def line(label: str, text: Optional[str], style: str = "") -> Optional[Line]:
    """Return a line, or None where there is nothing to say."""
    return Line(label, text, style) if text else None


def figure(value: Any, form: str) -> Optional[str]:
    """Return a number by a format such as ``{:.2f} ms``; None where it is absent or no number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return form.format(value)


def short(hash: Optional[str]) -> Optional[str]:
    """Return the first twelve digits of a hash."""
    return hash[:12] if hash else None


def joined(*parts: Optional[str], by: str = ", ") -> Optional[str]:
    """Return the parts that are there, as one text; None where none is."""
    return by.join(part for part in parts if part) or None


def plain(value: Any) -> str:
    """Return a JSON value as people write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return "{:.6g}".format(value)
    if isinstance(value, (list, tuple)):
        return ", ".join(plain(item) for item in value) or "none"
    return str(value)


def flattened(document: Mapping[str, Any], prefix: str = "") -> Iterator[Tuple[str, Any]]:
    """Yield every value of nested objects with its dotted path; lists of plain values stay whole, empty ones too."""
    for key, value in document.items():
        path = prefix + str(key)
        if isinstance(value, Mapping):
            yield from flattened(value, path + ".")
        elif isinstance(value, (list, tuple)) and any(isinstance(item, (Mapping, list, tuple)) for item in value):
            yield from flattened({str(place): item for place, item in enumerate(value)}, path + ".")
        elif value is not None:
            yield path, value


Row = Dict[str, Any]
"""What `zoo_common.tables.columns.flat_row` returns."""
