"""Which quantizers cost what: rows measured by a framework, ranked, written and printed alike everywhere."""

import math
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Sequence

from tabulate import tabulate

from zoo_common.errors import ZooError, did_you_mean

MODES = ("one", "all_but_one")
KINDS = ("weights", "activations")


class Sensitivity(NamedTuple):
    """One row of the table.

    Attributes:
        layer: module or operation of the weight, or name of the activation quantizer.
        kind: ``weights`` or ``activations``.
        bits: bit width.
        sqnr_db: of the outputs against the float network's; higher is better. Infinite if they are equal: weights
            that lie on their grid already, as after AdaRound, lose nothing.
        joint_shift: mean shift of the decoded joints, in pixels of the network's input; None if not measured.
        ap: average precision on calibration images; None if not measured.
    """

    layer: str
    kind: str
    bits: int
    sqnr_db: float
    joint_shift: Optional[float] = None
    ap: Optional[float] = None


def check_choices(mode: str, kinds: Iterable[str]) -> None:
    """Refuse an unknown mode or kind of quantizer.

    Raises:
        ZooError: naming it and the nearest known one.
    """
    for value, known, what in ((mode, MODES, "mode"), *((kind, KINDS, "kind") for kind in kinds)):
        if value not in known:
            raise ZooError("{}: unknown '{}'{}".format(what, value, did_you_mean(value, known)))


def ranked(rows: Iterable[Sensitivity], mode: str, by: str = "sqnr_db") -> List[Sensitivity]:
    """Return the rows with the most harmful first: the lowest of ``by`` for ``one``, the highest for ``all_but_one``.

    Rows without that number (AP is measured for some only) come last, in the order they had.
    """
    rows = list(rows)
    measured = [row for row in rows if getattr(row, by) is not None]
    rest = [row for row in rows if getattr(row, by) is None]
    return sorted(measured, key=lambda row: getattr(row, by), reverse=mode == "all_but_one") + rest


def records(rows: Iterable[Sensitivity]) -> List[Dict[str, Any]]:
    """Return the rows for a JSON file; what was not measured and an infinite SQNR are left out."""
    absent = (None, math.inf, -math.inf)
    return [{name: value for name, value in row._asdict().items() if value not in absent} for row in rows]


def sensitivity_table(rows: Sequence[Sensitivity], mode: str = "one") -> str:
    """Return the rows as a table of text; columns that nobody measured are left out."""
    headers = ["layer", "quantized alone" if mode == "one" else "alone in float", "bits", "SQNR dB"]
    shift, ap = (any(getattr(row, name) is not None for row in rows) for name in ("joint_shift", "ap"))
    headers += ["joint shift px"] * shift + ["AP"] * ap
    cells = []
    for row in rows:
        cell = [row.layer, row.kind, row.bits, "{:.1f}".format(row.sqnr_db)]
        for number in [row.joint_shift] * shift + [row.ap] * ap:
            cell.append("" if number is None else "{:.3f}".format(number))
        cells.append(cell)
    return str(tabulate(cells, headers=headers, disable_numparse=True))
