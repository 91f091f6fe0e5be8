"""Which quantizers cost what: one on at a time, or all but one, and what the outputs lose."""

import math
from typing import Callable, Iterable, List, Optional, Sequence

import numpy as np
from tqdm import tqdm

from zoo_common.errors import ZooError
from zoo_common.quantization.sensitivity import KINDS, Sensitivity, check_choices, ranked
from zoo_tf1.quantsim.runner import Batch
from zoo_tf1.quantsim.switches import Quantizer, Switchboard


class Distance:
    """The distance of a network's outputs from the float network's on a few batches.

    Args:
        board: the network.
        batches: float32 arrays, or mappings of input names to arrays; all are kept, with the float outputs.

    Raises:
        ZooError: there are no batches, or one does not fit the network.
    """

    def __init__(self, board: Switchboard, batches: Iterable[Batch]) -> None:
        self.board = board
        self.batches = list(batches)
        if not self.batches:
            raise ZooError("sensitivity: there are no batches")
        off = [False] * len(board.quantizers)
        self._truth = [board.run(batch, off) for batch in self.batches]
        self._signal = sum(_power(value) for outputs in self._truth for value in outputs)

    def sqnr_db(self, on: Sequence[bool]) -> float:
        """Return the SQNR in dB of all outputs on all batches with these quantizers on; infinite if nothing changes."""
        return self.of(self.board, on)

    def of(self, board: Switchboard, on: Sequence[bool]) -> float:
        """Return the SQNR of another board, whose float network computes the same."""
        noise = 0.0
        for batch, truth in zip(self.batches, self._truth):
            noise += sum(_power(ours - theirs) for ours, theirs in zip(board.run(batch, on), truth))
        if noise == 0:
            return math.inf
        return 10 * math.log10(self._signal / noise) if self._signal > 0 else -math.inf


def _power(value: np.ndarray) -> float:
    return float(np.sum(np.square(value, dtype=np.float64)))


def only(switches: Sequence[Quantizer], kinds: Iterable[str] = KINDS) -> List[bool]:
    """Return which quantizers are on if only those of some kinds are."""
    kinds = set(kinds)
    return [item.kind in kinds for item in switches]


def measure(
    distance: Distance, mode: str = "one", kinds: Sequence[str] = KINDS, progress: bool = False
) -> List[Sensitivity]:
    """Measure the SQNR of every quantizer.

    Args:
        distance: of the network.
        mode: ``one`` rounds with the quantizer alone; ``all_but_one`` with all others.
        kinds: ``weights``, ``activations`` or both; the others are off for ``one`` and on for ``all_but_one``.
        progress: show a bar.

    Returns:
        The most harmful first: lowest SQNR for ``one``, highest for ``all_but_one``.

    Raises:
        ZooError: unknown mode or kind.
    """
    check_choices(mode, kinds)
    switches = distance.board.quantizers
    rows = []
    numbers = [number for number, item in enumerate(switches) if item.kind in kinds]
    for number in tqdm(numbers, "measuring quantizers", disable=not progress, unit="quantizer"):
        item = switches[number]
        rows.append(Sensitivity(item.op, item.kind, item.bits, distance.sqnr_db(alone(switches, number, mode))))
    return ranked(rows, mode)


def alone(switches: Sequence[Quantizer], number: int, mode: str) -> List[bool]:
    """Return which quantizers are on if one is alone on (``one``) or off (``all_but_one``)."""
    return [(position == number) == (mode == "one") for position in range(len(switches))]


def with_accuracy(
    rows: Sequence[Sensitivity],
    switches: Sequence[Quantizer],
    accuracy: Callable[[Sequence[bool]], Optional[float]],
    mode: str = "one",
    top: int = 10,
    progress: bool = False,
) -> List[Sensitivity]:
    """Measure the accuracy of the first ``top`` rows too, and rank those by it.

    Args:
        rows: of `measure`.
        switches: all quantizers.
        accuracy: average precision with some quantizers on; slow.
        mode: of `measure`.
        top: how many rows.
        progress: show a bar.
    """
    numbers = {(item.op, item.kind): number for number, item in enumerate(switches)}
    found = []
    for row in tqdm(rows[:top], "measuring AP", disable=not progress, unit="quantizer"):
        on = alone(switches, numbers[row.layer, row.kind], mode)
        found.append(row._replace(ap=accuracy(on)))
    return ranked([*found, *rows[top:]], mode, by="ap")
