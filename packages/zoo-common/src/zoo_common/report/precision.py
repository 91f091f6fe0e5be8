"""How a precision looks: one hue, one mark and one line, the same in the tables, the plots and the gallery.

The hue says the bit width of the weights and whether integers were really computed with; marks of simulated
precisions are hollow and their lines dashed, so that no meaning rests on colour alone. The hues are those of Okabe
and Ito (Color Universal Design, 2008), made lighter or darker for the page's two grounds in ``report.css``.
"""

from typing import Any, Dict, NamedTuple, Optional

from zoo_common.runs.facts import RunFacts


class Style(NamedTuple):
    """A precision's look: name of its colour in ``report.css``, Plotly's mark and dash, and its place in lists."""

    slot: str
    symbol: str
    dash: str
    order: int

    @property
    def color(self) -> str:
        """The colour as ``report.css`` calls it."""
        return "var(--{})".format(self.slot)


FULL = Style("p32", "circle", "solid", 0)
HALF = Style("p16", "triangle-up", "solid", 1)
EIGHT = Style("p8", "square", "solid", 2)
EIGHT_DYNAMIC = Style("p8d", "diamond", "solid", 3)
EIGHT_SIMULATED = Style("p8s", "square-open", "dash", 4)
FEW = Style("p4", "triangle-down", "solid", 5)
FEW_SIMULATED = Style("p4s", "triangle-down-open", "dash", 6)
OTHER = Style("px", "x", "dot", 7)
STYLES = (FULL, HALF, EIGHT, EIGHT_DYNAMIC, EIGHT_SIMULATED, FEW, FEW_SIMULATED, OTHER)


def bits(run: RunFacts, of: str) -> Optional[int]:
    """Return the bit width of the ``weights`` or ``activations``; None where the run does not say."""
    found: Any = run.manifest.network.get(of)
    width = found.get("bits") if isinstance(found, dict) else None
    return width if isinstance(width, int) else None


def is_dynamic(run: RunFacts) -> bool:
    """Tell whether activations are given their range anew for each input."""
    found: Any = run.manifest.network.get("activations")
    return isinstance(found, dict) and bool(found.get("dynamic"))


def is_full(run: RunFacts) -> bool:
    """Tell whether the run computed with 32 bits throughout."""
    width = bits(run, "weights")
    return (width == 32 and run.executed is not False) if width is not None else run.precision == "fp32"


def style_of(run: RunFacts) -> Style:
    """Return the look of a run's precision."""
    if is_full(run):
        return FULL
    width, simulated = bits(run, "weights"), run.executed is False
    if width == 16:
        return HALF
    if width == 8:
        executed = EIGHT_DYNAMIC if is_dynamic(run) else EIGHT
        return EIGHT_SIMULATED if simulated else executed
    if width is not None and width < 8:
        return FEW_SIMULATED if simulated else FEW
    return OTHER


def arithmetic(run: RunFacts) -> Optional[str]:
    """Return ``executed`` or ``simulated``; None where the run does not say."""
    return None if run.executed is None else ("executed" if run.executed else "simulated")


def width_text(run: RunFacts) -> str:
    """Return ``W8A8`` and the like; empty where the run does not say."""
    weights, activations = bits(run, "weights"), bits(run, "activations")
    return "" if weights is None or activations is None else "W{}A{}".format(weights, activations)


def legend(runs: Any) -> Dict[Style, str]:
    """Return the names of the precisions of some runs by their look, in order."""
    names: Dict[Style, Dict[str, None]] = {}
    for run in runs:
        names.setdefault(style_of(run), {})[run.precision] = None
    return {style: ", ".join(names[style]) for style in sorted(names, key=lambda item: item.order)}
