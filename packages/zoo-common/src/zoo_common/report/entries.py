"""Every scored run with its comparison against the model's fp32 run."""

from dataclasses import dataclass
from typing import Callable, Dict, List, Optional, Tuple

from zoo_common.comparison import Change, Comparison, Interval
from zoo_common.errors import ZooError
from zoo_common.report.groups import Group
from zoo_common.report.pairs import Simulation, reference_of, simulations
from zoo_common.report.precision import Style, style_of
from zoo_common.runs.facts import RunFacts

FEEBLE = 0.05
"""AP below which a model is not made for the data it was run on."""

Compare = Callable[[RunFacts, RunFacts], Comparison]


@dataclass(frozen=True)
class Entry:
    """One scored run.

    Attributes:
        run: its facts.
        style: its precision's look.
        reference: the fp32 run it is held against; None of that run itself, and where there is none.
        comparison: with that run; None where there is no such run, or comparing was refused.
        problem: why comparing was refused.
        interval: confidence interval of the run's own AP; None where nothing gives one.
    """

    run: RunFacts
    style: Style
    reference: Optional[RunFacts] = None
    comparison: Optional[Comparison] = None
    problem: str = ""
    interval: Optional[Interval] = None

    @property
    def ap(self) -> Optional[float]:
        """AP of the run."""
        return self.run.stats.get("AP")

    @property
    def change(self) -> Optional[Change]:
        """The AP of both, and the difference."""
        return self.comparison.statistic("AP") if self.comparison is not None else None

    @property
    def feeble(self) -> bool:
        """Whether the reference finds next to nothing here, so that a share of its AP says nothing."""
        return self.change is not None and (self.change.reference or 0.0) < FEEBLE

    @property
    def share(self) -> Optional[float]:
        """Difference of AP as a share of the reference's; -0.01 is a loss of 1 %. None of a feeble reference."""
        change = self.change
        known = change is not None and change.difference is not None and not self.feeble
        return change.difference / change.reference if known else None


@dataclass(frozen=True)
class Prediction:
    """A simulation, and how the executed run differs from it.

    Attributes:
        pair: both runs.
        comparison: of the simulated run (reference) and the executed one (candidate); None where there is none.
        problem: why comparing was refused.
    """

    pair: Simulation
    comparison: Optional[Comparison] = None
    problem: str = ""


def steps(group: Group) -> int:
    """Return how many comparisons `compared` makes, at most."""
    return len(group.runs) + sum(pair.executed is not None for pair in simulations(group.runs))


def compared(group: Group, compare: Compare, step: Callable[[str], None]) -> Tuple[List[Entry], List[Prediction]]:
    """Compare a group's runs.

    Args:
        group: the runs.
        compare: compares a reference run and a candidate; may raise `ZooError`.
        step: called before each comparison with what is compared.
    """
    found: Dict[int, Entry] = {}
    intervals: Dict[int, Optional[Interval]] = {}
    for run in group.runs:
        reference = reference_of(run, group.runs)
        if reference is None:
            continue
        step("{} {}".format(run.model, run.precision))
        comparison, problem = _attempt(compare, reference, run)
        found[id(run)] = Entry(run, style_of(run), reference, comparison, problem)
        if comparison is not None:
            change = comparison.statistic("AP")
            intervals[id(run)], intervals[id(reference)] = change.candidate_interval, change.reference_interval
    for run in group.runs:
        if id(run) not in intervals:
            step("{} {}".format(run.model, run.precision))
            alone, problem = _attempt(compare, run, run)
            if alone is not None:
                intervals[id(run)] = alone.statistic("AP").candidate_interval
            elif id(run) not in found:
                found[id(run)] = Entry(run, style_of(run), problem=problem)
    entries = [
        Entry(**dict(vars(found.get(id(run), Entry(run, style_of(run)))), interval=intervals.get(id(run))))
        for run in group.runs
    ]
    return entries, [_predicted(pair, compare, step) for pair in simulations(group.runs)]


def _predicted(pair: Simulation, compare: Compare, step: Callable[[str], None]) -> Prediction:
    if pair.executed is None:
        return Prediction(pair)
    step("{} {}, executed".format(pair.simulated.model, pair.simulated.precision))
    return Prediction(pair, *_attempt(compare, pair.simulated, pair.executed))


def _attempt(compare: Compare, reference: RunFacts, candidate: RunFacts) -> Tuple[Optional[Comparison], str]:
    try:
        return compare(reference, candidate), ""
    except ZooError as error:
        return None, str(error)
