"""Small forest plots: differences with their intervals on a common axis, drawn into table cells."""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from zoo_common.comparison import Interval

WIDTH, HEIGHT, MARGIN = 116.0, 18.0, 5.0


class Bar(NamedTuple):
    """A difference with its interval and the name of its precision's colour."""

    point: Optional[float]
    interval: Optional[Interval]
    slot: str
    hollow: bool


class Axis:
    """A common scale that holds zero and every interval, symmetric enough that zero is never at the rim.

    Args:
        bars: everything that will be drawn on it.
    """

    def __init__(self, bars: Sequence[Bar]) -> None:
        values = [value for bar in bars for value in _values(bar)] + [0.0]
        low, high = min(values), max(values)
        pad = 0.04 * max(high - low, 1e-6)
        self.low, self.high = min(low - pad, -pad * 4), max(high + pad, pad * 4)

    def place(self, value: float) -> float:
        """Return where a value lies, in units of the drawing."""
        return round(MARGIN + (WIDTH - 2 * MARGIN) * (value - self.low) / (self.high - self.low), 2)

    def draw(self, bars: Sequence[Bar]) -> Optional[Dict[str, Any]]:
        """Return the marks of one cell, from top to bottom; None where nothing can be drawn."""
        drawable = [bar for bar in bars if bar.point is not None]
        if not drawable:
            return None
        marks: List[Dict[str, Any]] = []
        for number, bar in enumerate(drawable):
            y = HEIGHT * (number + 0.5) / len(drawable)
            ends: Tuple[float, ...] = tuple(map(self.place, bar.interval)) if bar.interval is not None else ()
            marks.append(
                {"x": self.place(bar.point), "y": round(y, 2), "ends": ends, "slot": bar.slot, "hollow": bar.hollow}
            )
        return {"width": WIDTH, "height": HEIGHT, "zero": self.place(0.0), "marks": marks}


def _values(bar: Bar) -> List[float]:
    found = [] if bar.point is None else [bar.point]
    return found + (list(bar.interval) if bar.interval is not None else [])
