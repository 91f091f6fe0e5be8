"""What the environments need: interpreters and disk. A test holds this table and tox.ini to each other."""

from typing import Dict, List, NamedTuple


class Environment(NamedTuple):
    """One environment and the interpreter it is pinned to."""

    name: str
    python: str  # "3.10"
    purpose: str
    required: bool = True  # False: `make test ALL=1` alone uses it


ENVIRONMENTS: List[Environment] = [
    Environment("zoo", "3.11", "scores, tables, data and the report"),
    Environment("report", "3.11", "tests of the report"),
    Environment("fuzz", "3.11", "broken files for every reader", required=False),
    Environment("workflow", "3.11", "shards on one machine or on Slurm"),
    Environment("mxnet", "3.10", "simple pose in MXNet 1.9"),
    Environment("torch", "3.11", "HRNet in PyTorch"),
    Environment("tf1", "3.7", "TensorFlow 1.15"),
    Environment("tf2", "3.10", "TensorFlow 2.11"),
    Environment("common-py37", "3.7", "tests of zoo-common"),
    Environment("common-py38", "3.8", "tests of zoo-common", required=False),
    Environment("common-py39", "3.9", "tests of zoo-common", required=False),
    Environment("common-py310", "3.10", "tests of zoo-common"),
    Environment("common-py311", "3.11", "tests of zoo-common"),
    Environment("common-py312", "3.12", "tests of zoo-common", required=False),
    Environment("common-py313", "3.13", "tests of zoo-common"),
]

# The releases the project is tested with, as .python-version lists them.
TESTED: Dict[str, str] = {
    "3.7": "3.7.16",
    "3.8": "3.8.18",
    "3.9": "3.9.18",
    "3.10": "3.10.13",
    "3.11": "3.11.7",
    "3.12": "3.12.1",
    "3.13": "3.13.0",
}

# Oldest version that uv installs ready-made; older ones are compiled by pyenv.
UV_OLDEST = (3, 8)

PROGRAMS = ("git", "make")

DISK_BYTES = 9 * 10**9  # tools, all environments and uv's cache, with room to spare
MEMORY_BYTES = 2 * 10**9  # the largest network at batch 32


def versions() -> List[str]:
    """Return each interpreter version needed, once, in the order of first use."""
    return list(dict.fromkeys(environment.python for environment in ENVIRONMENTS))


def required(python: str) -> bool:
    """Tell whether anything but `make test ALL=1` needs interpreter ``python``."""
    return any(environment.required for environment in ENVIRONMENTS if environment.python == python)


def users(python: str) -> List[str]:
    """Return the names of the environments pinned to ``python``."""
    return [environment.name for environment in ENVIRONMENTS if environment.python == python]
