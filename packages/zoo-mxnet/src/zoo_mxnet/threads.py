"""Threads and CPUs, set before MXNet loads: its OpenMP runtime reads them once.

The published advice for simple pose (``KMP_AFFINITY=granularity=fine,noverbose,compact,1,0`` with ``numactl``) is for
Intel's OpenMP. MXNet's wheel is built on GNU OpenMP, which ignores ``KMP_*``; the settings with the same effect are
``OMP_NUM_THREADS``, ``OMP_PROC_BIND`` and ``OMP_WAIT_POLICY``. Waiting passively matters most: threads that spin while
the machine is busy cost up to ten times the work they wait for.
"""

import argparse
import os
import sys
from typing import List, Optional, Set

from zoo_common.console import positive
from zoo_common.errors import ZooError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--threads`` and ``--cpus``."""
    group = parser.add_argument_group("threads")
    group.add_argument("--threads", type=positive, metavar="N", help="OpenMP threads (default: the usable CPUs)")
    group.add_argument("--cpus", metavar="LIST", help="run on these CPUs only, e.g. 0-3,8 (what numactl -C does)")


def configure_once(args: argparse.Namespace, bind: bool = False) -> None:
    """Configure by the command line and say so, unless MXNet is loaded already."""
    if "mxnet" not in sys.modules:
        print(configure(args.threads, args.cpus, bind), flush=True)


def configure(threads: Optional[int], cpus: Optional[str], bind: bool = False) -> str:
    """Set affinity and OpenMP's environment; return one line that says what was set.

    Args:
        bind: pin each OpenMP thread to a CPU. For latency measurements only: threads started later, such as
            those that read images, would inherit the first one's CPU.

    Raises:
        ZooError: MXNet is loaded already, or ``cpus`` is no list of usable CPUs.
    """
    if "mxnet" in sys.modules:
        raise ZooError("threads must be configured before MXNet is loaded")
    usable = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set(range(os.cpu_count() or 1))
    if cpus is not None:
        usable = parse_cpus(cpus, usable)
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, usable)
    if threads is not None:
        os.environ["OMP_NUM_THREADS"] = str(threads)
    os.environ.setdefault("OMP_NUM_THREADS", str(len(usable)))
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("OMP_PROC_BIND", "true" if bind else "false")
    return "threads: OMP_NUM_THREADS={} OMP_WAIT_POLICY={} OMP_PROC_BIND={} on CPUs {}".format(
        os.environ["OMP_NUM_THREADS"],
        os.environ["OMP_WAIT_POLICY"],
        os.environ["OMP_PROC_BIND"],
        ",".join(str(cpu) for cpu in sorted(usable)),
    )


def parse_cpus(text: str, usable: Set[int]) -> Set[int]:
    """Parse ``0-3,8``.

    Raises:
        ZooError: it is not of that form, or names a CPU this process may not use.
    """
    chosen: List[int] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if not first.isdigit() or (dash and not last.isdigit()):
            raise ZooError("--cpus: '{}' is not a list like 0-3,8".format(text))
        chosen += range(int(first), int(last if dash else first) + 1)
    beyond = sorted(set(chosen) - usable)
    if beyond or not chosen:
        raise ZooError("--cpus: CPU {} is not usable here (usable: {})".format(beyond[:1], sorted(usable)))
    return set(chosen)
