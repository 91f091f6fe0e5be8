"""`kill -9`, up to four times running: between two system calls that change files, or at any time."""

import random
import signal
import time
from pathlib import Path

from torture.faults.ending import finish
from torture.outcome import Outcome
from torture.places import Place
from torture.process import CHANGES, Ended, pick_call, under_strace
from torture.tree import require_whole
from torture.workbench import Workbench

KILLS = 4


def kill(bench: Workbench, place: Place, rng: random.Random) -> Outcome:
    """Kill the command, look at what it leaves, let it go on."""
    expected = bench.undisturbed(place)
    folder, kills = bench.begin(place), 0
    for _ in range(2 if place.slow else KILLS):
        ended = _struck(bench, place, folder, rng)
        kills += ended.code in (-signal.SIGKILL, 128 + signal.SIGKILL)
        require_whole(folder, expected.tree)
    finish(bench, place, folder)
    return Outcome(kills)


def _struck(bench: Workbench, place: Place, folder: Path, rng: random.Random) -> Ended:
    expected, command = bench.undisturbed(place), place.command(bench)
    if expected.calls and rng.random() < 0.7:
        call, when = pick_call(rng, expected.calls, CHANGES)
        return bench.start(under_strace(command, call, "signal=SIGKILL:" + when), folder).wait()
    running = bench.start(command, folder)
    time.sleep(rng.uniform(0.3, 1) * expected.seconds)  # Python itself starts in the first third
    running.signal(signal.SIGKILL)
    return running.wait()
