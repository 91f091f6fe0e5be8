"""How numbers are written on the page and in the Markdown beside it."""

from typing import Optional

from zoo_common.comparison import Interval

ABSENT = "–"
MINUS = "\u2212"


def fixed(value: Optional[float], digits: int) -> str:
    """Return a number with so many decimals; a dash where it is absent."""
    return ABSENT if value is None else "{:.{}f}".format(value, digits).replace("-", MINUS)


def signed(value: Optional[float], digits: int) -> str:
    """Return a number with its sign; what rounds to zero has none."""
    if value is None:
        return ABSENT
    text = "{:+.{}f}".format(value, digits)
    return (text[1:] if float(text) == 0 else text).replace("-", MINUS)


def span(interval: Optional[Interval], digits: int) -> str:
    """Return ``0.951–0.982``."""
    return "" if interval is None else "{}–{}".format(fixed(interval.low, digits), fixed(interval.high, digits))


def signed_span(interval: Optional[Interval], digits: int) -> str:
    """Return ``−0.0042 … +0.0021``."""
    return (
        ""
        if interval is None
        else "{}\u00a0…\u00a0{}".format(signed(interval.low, digits), signed(interval.high, digits))
    )


def p_value(value: Optional[float], replicates: int) -> str:
    """Return a p-value; what ``replicates`` permutations cannot resolve as ``<0.001``."""
    if value is None:
        return ABSENT
    least = 1.0 / (replicates + 1)
    return "<{:.3f}".format(max(least, 0.001)) if value <= max(least, 0.0005) else "{:.3f}".format(value)


def percent(share: float, digits: int = 1) -> str:
    """Return a share as signed percent, a narrow space before the sign."""
    return signed(100 * share, digits) + "\u202f%"


def counted(count: int, one: str, many: str) -> str:
    """Return ``1 run`` or ``3 runs``."""
    return "{} {}".format(count, one if count == 1 else many)
