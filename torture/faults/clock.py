"""A time of day that goes back whenever it is asked for."""

import json
import os
import random
from pathlib import Path
from typing import Any, Iterator

from torture.faults.ending import require_as_undisturbed
from torture.outcome import Outcome, require
from torture.places import Place
from torture.workbench import Workbench

BACKWARDS = Path(__file__).resolve().parents[1] / "backwards"


def clock(bench: Workbench, place: Place, rng: random.Random) -> Outcome:
    """Run the command while the time of day jumps back; durations stay positive, results the same."""
    bench.undisturbed(place)
    folder = bench.begin(place)
    path = os.pathsep.join([str(BACKWARDS), bench.variables["PYTHONPATH"]])
    done = bench.start(place.command(bench), folder, PYTHONPATH=path).wait()
    require(done.code == 0, "exit code {}: {}", done.code, " / ".join(done.lines[-3:]))
    require_as_undisturbed(bench, place, folder, done)
    for file in folder.rglob("measurements.json"):
        low = [number for number in _numbers(json.loads(file.read_text())) if number < 0]
        require(not low, "{}: negative durations {}", file.relative_to(folder), low[:3])
    return Outcome(1)


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _numbers(item)
    elif isinstance(value, (int, float)):
        yield value
