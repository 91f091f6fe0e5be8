"""A slow file system: every system call that changes files takes longer."""

import random

from torture.faults.ending import require_as_undisturbed
from torture.outcome import Outcome, require
from torture.places import Place
from torture.process import CHANGES, under_strace
from torture.workbench import Workbench

DELAY_MS = 20
MARGIN_S = 10.0


def slow(bench: Workbench, place: Place, rng: random.Random) -> Outcome:
    """Run the command with slow files: the same bytes, later by no more than the delays."""
    expected = bench.undisturbed(place)
    folder = bench.begin(place)
    calls = sorted(set(expected.calls) & set(CHANGES))
    delay = "delay_enter={}".format(1000 * DELAY_MS)
    done = bench.start(under_strace(place.command(bench), calls or ["write"], delay), folder).wait()
    require(done.code == 0, "exit code {}: {}", done.code, " / ".join(done.lines[-3:]))
    require_as_undisturbed(bench, place, folder, done)
    delays = sum(expected.calls.values())
    bound = 2 * expected.seconds + 2e-3 * DELAY_MS * delays + MARGIN_S
    require(done.seconds <= bound, "took {:.1f} s, {:.1f} s undisturbed", done.seconds, expected.seconds)
    text = "{:.1f} s instead of {:.1f} s with {} ms more for each of {} calls"
    return Outcome(delays, text.format(done.seconds, expected.seconds, DELAY_MS, delays))
