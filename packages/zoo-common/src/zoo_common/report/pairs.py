"""Which runs are held against which: a model's against its fp32 run, executed integers against their simulation."""

from typing import List, NamedTuple, Optional, Sequence

from zoo_common.report.precision import bits, is_full
from zoo_common.runs.facts import RunFacts


class Simulation(NamedTuple):
    """A simulated run and the run of the same bit widths that really executed; None where there is none."""

    simulated: RunFacts
    executed: Optional[RunFacts]


def reference_of(run: RunFacts, runs: Sequence[RunFacts]) -> Optional[RunFacts]:
    """Return the fp32 run of the same model, data and protocol; None where there is none, or it is ``run`` itself.

    Of several, one whose precision is called ``fp32`` is taken first, then the first.
    """
    full = [other for other in runs if other.model == run.model and is_full(other) and _alike(run, other)]
    chosen = next((other for other in full if other.precision == "fp32"), full[0] if full else None)
    return None if chosen is run else chosen


def simulations(runs: Sequence[RunFacts]) -> List[Simulation]:
    """Return every simulated run with each executed one of its model, data, protocol and bit widths."""
    found = []
    for run in runs:
        if run.executed is False:
            same = [other for other in runs if other.executed and _same_network(run, other) and _alike(run, other)]
            found += [Simulation(run, other) for other in same] or [Simulation(run, None)]
    return found


def _same_network(one: RunFacts, other: RunFacts) -> bool:
    widths = [[bits(run, "weights"), bits(run, "activations")] for run in (one, other)]
    return one.model == other.model and widths[0] == widths[1] and None not in widths[0]


def _alike(one: RunFacts, other: RunFacts) -> bool:
    same = one.manifest.dataset.fingerprint == other.manifest.dataset.fingerprint
    return same and one.manifest.protocol == other.manifest.protocol
