"""Plotly figures as plain dictionaries. Colours are names of ``report.css``; the page puts in those of its theme."""

import math
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from zoo_common.report.precision import Style


class Figure(NamedTuple):
    """A plot of the page.

    Attributes:
        title: its heading; not part of the plot.
        alt: what it shows, for those who do not see it.
        data: Plotly traces. ``meta.view`` of a trace names the view it belongs to; without it, it is always shown.
        layout: Plotly layout. ``meta.titles`` holds titles of the x axis by view.
        caption: small print below.
    """

    title: str
    alt: str
    data: List[Dict[str, Any]]
    layout: Dict[str, Any]
    caption: str = ""

    def to_json(self) -> Dict[str, Any]:
        """Return what the page's script draws."""
        return {"data": self.data, "layout": self.layout}


def plain(text: Any) -> str:
    """Return text that Plotly shows as it is: it understands a little HTML."""
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def marker(style: Style, size: float = 9) -> Dict[str, Any]:
    """Return the marker of a precision."""
    return {"color": style.color, "symbol": style.symbol, "size": size, "line": {"width": 1.6, "color": style.color}}


def line(style: Style, width: float = 1.8) -> Dict[str, Any]:
    """Return the line of a precision."""
    return {"color": style.color, "dash": style.dash, "width": width}


def axis(title: str, **more: Any) -> Dict[str, Any]:
    """Return an axis with a title."""
    return dict({"title": {"text": title}}, **more)


def rounded(values: Sequence[float], digits: int = 4) -> List[Optional[float]]:
    """Return numbers short enough for a page; NaN as None."""
    return [None if math.isnan(value) else round(float(value), digits) for value in values]
