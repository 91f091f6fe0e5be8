"""Threads of a measuring process: no spinning, and a fixed number."""

import os
from typing import Dict

from zoo_common.errors import ZooError

THREADS = {
    "OMP_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
    "KMP_BLOCKTIME": "0",
    "MXNET_SUBGRAPH_VERBOSE": "0",
}
"""Environment for one thread without spinning; must be set before MXNet is imported."""


def set_threads(count: int = 1) -> Dict[str, str]:
    """Set the thread variables for this process unless the user already has; returns what holds.

    Call before MXNet is imported.

    Raises:
        ZooError: ``count`` is not positive.
    """
    if count < 1:
        raise ZooError("threads: {} must be at least 1".format(count))
    for name, value in dict(THREADS, OMP_NUM_THREADS=str(count)).items():
        os.environ.setdefault(name, value)
    return {name: os.environ[name] for name in THREADS}
