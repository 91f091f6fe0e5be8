"""The layers that cost most, of runs that carry a sensitivity analysis."""

import math
from typing import Any, List, NamedTuple, Optional, Sequence

from zoo_common.quantization.sensitivity import Sensitivity, ranked
from zoo_common.report.formats import ABSENT, fixed
from zoo_common.runs.facts import RunFacts

SHOWN = 12


class Bar(NamedTuple):
    """One layer: its bar's length from 0 to 1, and the numbers beside it."""

    layer: str
    what: str
    length: float
    sqnr: str
    shift: str
    ap: str


class Ranking(NamedTuple):
    """The worst layers of one run."""

    run: RunFacts
    alone: bool
    bars: List[Bar]
    count: int

    @property
    def has_shift(self) -> bool:
        """Whether any layer's joint shift was measured."""
        return any(bar.shift != ABSENT for bar in self.bars)

    @property
    def has_ap(self) -> bool:
        """Whether any layer's AP was measured."""
        return any(bar.ap != ABSENT for bar in self.bars)


def rankings(runs: Sequence[RunFacts]) -> List[Ranking]:
    """Return the worst layers of every run that carries the analysis."""
    return [ranking for ranking in map(_ranking, runs) if ranking is not None]


def _ranking(run: RunFacts) -> Optional[Ranking]:
    rows = [row for row in map(_row, run.sensitivity.get("rows", [])) if row is not None]
    if not rows:
        return None
    mode = run.sensitivity.get("mode", "one")
    worst = ranked(rows, mode)[:SHOWN]
    lengths = [_harm(row, mode) for row in worst]
    most = max(lengths) or 1.0
    bars = [
        Bar(
            row.layer,
            "{} at {} bits".format(row.kind, row.bits),
            length / most,
            fixed(row.sqnr_db, 1) if math.isfinite(row.sqnr_db) else "lossless",
            fixed(row.joint_shift, 3),
            fixed(row.ap, 4),
        )
        for row, length in zip(worst, lengths)
    ]
    return Ranking(run, mode == "one", bars, len(rows))


def _row(row: Any) -> Optional[Sensitivity]:
    if not isinstance(row, dict) or "layer" not in row:
        return None
    return Sensitivity(
        layer=str(row["layer"]),
        kind=str(row.get("kind", ABSENT)),
        bits=row.get("bits", ABSENT),
        sqnr_db=float(row.get("sqnr_db", math.inf)),  # an infinite one is left out of the file
        joint_shift=row.get("joint_shift"),
        ap=row.get("ap"),
    )


def _harm(row: Sensitivity, mode: str) -> float:
    """Relative error of the outputs that the layer brings in, or what leaving it in float gains."""
    if not math.isfinite(row.sqnr_db):
        return 0.0
    return 10.0 ** (-row.sqnr_db / 20) if mode == "one" else max(row.sqnr_db, 0.0)
