"""All that the page shows of one group of runs, and of all."""

from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from zoo_common.report.entries import Entry, Prediction
from zoo_common.report.figures import Figure
from zoo_common.report.forest import Axis, Bar
from zoo_common.report.gallery import Strip
from zoo_common.report.groups import Group
from zoo_common.report.headline import Statement
from zoo_common.report.judgement import Judgement, is_significant, judge
from zoo_common.report.precision import Style
from zoo_common.report.published import Published
from zoo_common.report.sensitivity import Ranking
from zoo_common.report.summary import Cell, cells, remarks
from zoo_common.runs.directory import MANIFEST, MEASUREMENTS
from zoo_common.runs.facts import RunFacts


class Row(NamedTuple):
    """A row of the summary table."""

    entry: Entry
    cells: Dict[str, Cell]
    remarks: List[str]
    forest: Optional[Dict[str, Any]]
    significant: bool


class PredictedRow(NamedTuple):
    """A row of simulated against executed; both entries as they stand in the summary."""

    simulated: Entry
    executed: Optional[Entry]
    prediction: Prediction
    judgement: Judgement
    forest: Optional[Dict[str, Any]]


class ModelPlots(NamedTuple):
    """The plots of one model, with the precisions they show."""

    model: str
    legend: Mapping[Style, str]
    figures: List[Figure]


@dataclass
class Section:
    """One group of runs, with what was made of it. Filled step by step."""

    group: Group
    entries: List[Entry]
    predictions: List[Prediction]
    trade_off: List[Figure] = field(default_factory=list)
    models: List[ModelPlots] = field(default_factory=list)
    strips: List[Strip] = field(default_factory=list)
    notes: List[str] = field(default_factory=list)

    @property
    def rows(self) -> List[Row]:
        """The summary's rows, their forest plots on one axis."""
        bars = {id(entry): _bars([entry]) for entry in self.entries}
        axis = Axis([bar for found in bars.values() for bar in found])
        return [
            Row(
                entry,
                cells(entry),
                remarks(entry, self.group),
                axis.draw(bars[id(entry)]),
                is_significant(entry.comparison),
            )
            for entry in self.entries
        ]

    @property
    def predicted(self) -> List[PredictedRow]:
        """The rows of simulated against executed, their forest plots on one axis."""
        of = {id(entry.run): entry for entry in self.entries}
        both = [
            (of[id(item.pair.simulated)], of[id(item.pair.executed)] if item.pair.executed else None)
            for item in self.predictions
        ]
        axis = Axis([bar for pair in both for bar in _bars(pair)])
        return [
            PredictedRow(one, other, item, judge(item), axis.draw(_bars((one, other))))
            for item, (one, other) in zip(self.predictions, both)
        ]


@dataclass
class Content:
    """Everything on the page."""

    sections: List[Section]
    unscored: List[Tuple[RunFacts, str]]
    statements: List[Statement]
    rankings: List[Ranking]
    published: List[Published]
    confidence: float

    @property
    def runs(self) -> List[RunFacts]:
        """The scored runs."""
        return [entry.run for section in self.sections for entry in section.entries]

    @property
    def synthetic(self) -> bool:
        """Whether any picture was drawn."""
        return any(section.group.synthetic for section in self.sections)

    @property
    def all_synthetic(self) -> bool:
        """Whether all pictures were drawn."""
        return all(section.group.synthetic for section in self.sections)

    @property
    def machines(self) -> List[str]:
        """The processors that the speeds were measured on."""
        return machines(self.runs)

    @property
    def newest(self) -> Optional[str]:
        """Day of the newest run, by its files."""
        times = [time for time in map(_time, self.runs) if time is not None]
        return datetime.fromtimestamp(max(times), timezone.utc).strftime("%-d %B %Y") if times else None


def machines(runs: Iterable[RunFacts]) -> List[str]:
    """Return the distinct machines of some runs, in words."""
    found: Dict[str, None] = {}
    for run in runs:
        machine = run.measurements.get("machine")
        if isinstance(machine, dict) and machine.get("cpu"):
            cores = machine.get("cores")
            found["{}, {} cores".format(machine["cpu"], cores) if cores else str(machine["cpu"])] = None
    return list(found)


def _time(run: RunFacts) -> Optional[float]:
    files = [run.path / name for name in (MEASUREMENTS, MANIFEST) if (run.path / name).exists()]
    return files[0].stat().st_mtime if files else None


def _bars(entries: Sequence[Optional[Entry]]) -> List[Bar]:
    found = []
    for entry in entries:
        change = entry.change if entry is not None else None
        if entry is not None and change is not None:
            found.append(Bar(change.difference, change.interval, entry.style.slot, entry.run.executed is False))
    return found
