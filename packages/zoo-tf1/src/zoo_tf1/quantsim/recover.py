"""Which outputs to leave in float so that rounding the rest costs hardly more than rounding the weights alone.

Greedy: the noises of quantizers nearly add up, so the worst one of the ranking goes first. A second pass puts back what
turns out not to be needed, the least harmful first.
"""

from typing import Callable, Iterable, Iterator, List, NamedTuple, Sequence

from zoo_common.quantization.sensitivity import Sensitivity
from zoo_tf1.quantsim.sensitivity import only
from zoo_tf1.quantsim.switches import Quantizer

Score = Callable[[Sequence[bool]], float]


class Step(NamedTuple):
    """One change of the search.

    Attributes:
        op: operation whose output quantizer was switched; empty for the state at the beginning.
        on: whether it was put back.
        score: afterwards, higher is better.
        kept: False if the change was undone.
        off: all outputs that are in float now, in the order they were switched off.
    """

    op: str
    on: bool
    score: float
    kept: bool
    off: List[str]


def recover(switches: Sequence[Quantizer], ranking: Iterable[Sensitivity], score: Score, goal: float) -> Iterator[Step]:
    """Switch output quantizers off until the score reaches the goal; yield each step as it is done.

    Args:
        switches: all quantizers; all of them are on at the beginning.
        ranking: rows, the most harmful first; those of weights are passed over.
        score: of a combination; higher is better.
        goal: to reach. It is reached at the latest when all outputs are in float, if it is a float output's score.
    """
    numbers = {item.op: number for number, item in enumerate(switches) if item.kind == "activations"}
    state, off = [True] * len(switches), []  # type: List[bool], List[str]
    reached = score(state)
    yield Step("", True, reached, True, [])
    for op in (row.layer for row in ranking if row.kind == "activations"):
        if reached >= goal:
            break
        state[numbers[op]] = False
        off.append(op)
        reached = score(state)
        yield Step(op, False, reached, True, list(off))
    for op in list(reversed(off[:-1])) if reached >= goal else []:
        state[numbers[op]] = True
        tried = score(state)
        kept = tried >= goal
        state[numbers[op]] = kept
        off = [name for name in off if name != op or not kept]
        yield Step(op, True, tried, kept, list(off))


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
