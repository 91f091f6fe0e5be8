"""Which outputs to leave in float so that rounding the rest costs hardly more than rounding the weights alone.

Greedy: the noises of quantizers nearly add up, so the worst one of the ranking goes first. A second pass puts back what
turns out not to be needed, the least harmful first.
"""

from typing import Callable, Dict, Iterable, Iterator, List, Mapping, NamedTuple, Sequence

from zoo_common.quantization.sensitivity import Sensitivity
from zoo_tf1.quantsim.sensitivity import only
from zoo_tf1.quantsim.switches import Quantizer

Score = Callable[[Sequence[bool]], float]


class Step(NamedTuple):
    """One change of the search.

    Attributes:
        name: of the candidate that was switched; empty for the state at the beginning.
        on: whether it was put back.
        score: afterwards, higher is better.
        kept: False if the change was undone.
        off: all outputs that are in float now, in the order they were switched off.
    """

    name: str
    on: bool
    score: float
    kept: bool
    off: List[str]


Candidates = Mapping[str, Sequence[str]]


def recover(switches: Sequence[Quantizer], candidates: Candidates, score: Score, goal: float) -> Iterator[Step]:
    """Switch output quantizers off until the score reaches the goal; yield each step as it is done.

    Args:
        switches: all quantizers; all of them are on at the beginning.
        candidates: name to the operations that are switched together, the most harmful first.
        score: of a combination; higher is better.
        goal: to reach. If all candidates do not reach it, all are off in the end.
    """
    numbers = {item.op: number for number, item in enumerate(switches) if item.kind == "activations"}
    off: Dict[str, Sequence[str]] = {}

    def without(names: Candidates) -> float:
        gone = {numbers[op] for ops in names.values() for op in ops}
        return score([number not in gone for number in range(len(switches))])

    def step(name: str, on: bool, value: float, kept: bool = True) -> Step:
        return Step(name, on, value, kept, [op for ops in off.values() for op in ops])

    reached = without(off)
    yield step("", True, reached)
    for name, ops in candidates.items():
        if reached >= goal:
            break
        off[name] = ops
        reached = without(off)
        yield step(name, False, reached)
    for name in list(reversed(list(off)[:-1])) if reached >= goal else []:
        fewer = {other: ops for other, ops in off.items() if other != name}
        tried = without(fewer)
        off = fewer if tried >= goal else off
        yield step(name, True, tried, tried >= goal)


def one_by_one(ranking: Iterable[Sensitivity]) -> Candidates:
    """Return each output of a ranking as a candidate of its own; rows of weights are passed over."""
    return {row.layer: [row.layer] for row in ranking if row.kind == "activations"}


def in_families(ranking: Iterable[Sensitivity], family: Callable[[str], str]) -> Candidates:
    """Return families of outputs as candidates, that of the greatest noise in all first.

    Args:
        ranking: of mode ``one``; rows of weights are passed over.
        family: from an operation to what its family is called.
    """
    members: Dict[str, List[str]] = {}
    noise: Dict[str, float] = {}
    for row in (row for row in ranking if row.kind == "activations"):
        name = family(row.layer)
        members.setdefault(name, []).append(row.layer)
        noise[name] = noise.get(name, 0.0) + 10 ** (-row.sqnr_db / 10)
    return {name: members[name] for name in sorted(members, key=lambda name: -noise[name])}


def weights_only(switches: Sequence[Quantizer]) -> List[bool]:
    """Return the combination that `recover` is held against."""
    return only(switches, ["weights"])


def predicted(ranking: Sequence[Sensitivity], floor_db: float, within_db: float) -> List[str]:
    """Return the outputs to leave in float if noises just add up: the fewest, the worst first.

    Args:
        ranking: of mode ``one``, most harmful first.
        floor_db: SQNR with the weights alone rounded.
        within_db: how much lower the SQNR of the whole may be.
    """
    rows = [row for row in ranking if row.kind == "activations"]
    noises = [10 ** (-row.sqnr_db / 10) for row in rows]
    allowed = 10 ** (-floor_db / 10) * (10 ** (within_db / 10) - 1)
    count = 0
    while count < len(rows) and sum(noises[count:]) > allowed:
        count += 1
    return [row.layer for row in rows[:count]]
