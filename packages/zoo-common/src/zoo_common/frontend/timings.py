"""What the `benchmark` commands of the framework packages share: options, and the table."""

import argparse
from typing import Mapping

from tabulate import tabulate

from zoo_common.console import positive
from zoo_common.evaluation.timing import Timing, ratios


def add_timing_arguments(
    parser: argparse.ArgumentParser, precisions: str, iterations: int, warm_up: int, random_weights: bool = True
) -> None:
    """Add what is timed and how often; the arguments are the defaults. ``random_weights``: whether there are any."""
    parser.add_argument("--precision", default=precisions, help="comma-separated precisions of the card")
    parser.add_argument("--batch-size", type=positive, default=1, help="crops a call")
    parser.add_argument("--iterations", type=positive, default=iterations, help="timed calls of each precision")
    parser.add_argument("--warm-up", type=positive, default=warm_up, help="untimed calls of each first")
    if random_weights:
        parser.add_argument("--random-weights", action="store_true", help="speed does not depend on the weights")


def timing_table(timings: Mapping[str, Timing], batch_size: int, unit: str) -> str:
    """Return CPU and wall time, throughput in ``unit`` and the ratio to the first, a row each."""
    first = next(iter(timings))
    faster = ratios(timings, first)
    rows = [
        [
            name,
            "{:.2f}".format(timing.median_cpu_ms),
            "{:.2f}".format(timing.median_wall_ms),
            "{:.1f}".format(1e3 * batch_size / timing.median_wall_ms),
            "{:.2f}".format(faster[name]),
        ]
        for name, timing in timings.items()
    ]
    return tabulate(rows, headers=["precision", "CPU ms", "wall ms", unit, first + " / it"], disable_numparse=True)
