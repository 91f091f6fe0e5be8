"""The command that repeats a run."""

import shlex
from typing import Optional

from zoo_common.runs.facts import RunFacts


def command_of(run: RunFacts) -> Optional[str]:
    """Return the line to type; None where the run does not carry it.

    Where the run names its tox environment, the line needs no environment made or activated.
    """
    words, environment = run.measurements.get("command"), run.measurements.get("tox_env")
    if not isinstance(words, list) or not words or not all(isinstance(word, str) for word in words):
        return None
    if isinstance(environment, str) and len(words) > 1 and words[1] == "evaluate":
        words = ["tox", "-e", environment, "--"] + words[2:]
    return " ".join(map(shlex.quote, words))
