"""Ctrl-C and SIGTERM: a prompt end, one line, and the same command goes on."""

import random
import signal
import time

from torture.faults.ending import finish, require_as_undisturbed, require_one_line
from torture.outcome import Outcome, require
from torture.places import Place
from torture.process import CHANGES, pick_call, under_strace
from torture.tree import require_tidy, require_whole
from torture.workbench import Workbench

PROMPT = 10.0
"""Seconds in which a command must end."""


def stop(bench: Workbench, place: Place, rng: random.Random) -> Outcome:
    """Ask the command to end while it changes files."""
    expected = bench.undisturbed(place)
    folder = bench.begin(place)
    number = rng.choice((signal.SIGINT, signal.SIGTERM))
    if rng.random() < 0.5 and expected.calls and not place.slow:
        call, when = pick_call(rng, expected.calls, CHANGES)
        done = bench.start(
            under_strace(place.command(bench), call, "signal={}:{}".format(number.name, when)), folder
        ).wait()
    else:
        before = set(folder.rglob("*"))
        running = bench.start(place.command(bench), folder)
        # Until it works: what Python does while it starts is not the command's own.
        while running.alive() and set(folder.rglob("*")) == before:
            time.sleep(0.005)
        time.sleep(rng.uniform(0, expected.seconds / 4))
        running.signal(number, everyone=number == signal.SIGINT)
        done = running.wait(PROMPT)
    if done.code == -number:  # while Python ended: the work was done
        require_as_undisturbed(bench, place, folder, done)
    elif done.code:
        require(done.code == 128 + number, "exit code {}: {}", done.code, " / ".join(done.lines[-3:]))
        require_one_line(done, "the same command goes on from here")
        require_tidy(folder)
    require_whole(folder, expected.tree)
    finish(bench, place, folder)
    return Outcome(int(done.code != 0))
