"""How long one sample takes that nobody batches: what a camera in front of the network would see."""

import itertools
import time
from typing import Any, Callable, Dict, List, Sequence

from zoo_common.evaluation.stages import percentiles_ms
from zoo_common.tasks.base import Inputs

SECONDS = 1.0
LEAST, MOST = 10, 100
WARM_UP = 3


def one_at_a_time(infer: Callable[[Inputs], Any], batches: Sequence[Inputs]) -> Dict[str, Any]:
    """Time calls on batches of one sample each, in turns, until about a second has passed.

    Every batch is run untimed first: the first call of a size binds memory and plans kernels.

    Args:
        infer: runs a batch as the protocol does (twice under a flip test), and returns when it is done.
        batches: of one sample each, as the task's `inputs` gives them.

    Returns:
        ``latency_ms``, the percentiles of wall milliseconds a call, and ``latency``, how they were measured; empty
        where there is no batch.
    """
    if not batches:
        return {}
    turns = itertools.cycle(batches)
    warm_up = max(WARM_UP, len(batches))
    for batch in itertools.islice(turns, warm_up):
        infer(batch)
    elapsed: List[float] = []
    begin = time.perf_counter()
    while len(elapsed) < LEAST or (len(elapsed) < MOST and time.perf_counter() - begin < SECONDS):
        batch = next(turns)
        start = time.perf_counter()
        infer(batch)
        elapsed.append(time.perf_counter() - start)
    about = {"batch_size": 1, "calls": len(elapsed), "warm_up": warm_up}
    return {"latency_ms": percentiles_ms(elapsed), "latency": about}
