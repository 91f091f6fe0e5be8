"""Two processes where one belongs."""

import random
import time

from torture.faults.ending import finish, require_one_line
from torture.outcome import Outcome, require
from torture.places import Place
from torture.workbench import Workbench


def two(bench: Workbench, place: Place, rng: random.Random) -> Outcome:
    """Start the command twice: each ends well or says in one line that another is at it; one ends well."""
    expected = bench.undisturbed(place)
    folder = bench.begin(place)
    first = bench.start(place.command(bench), folder)
    time.sleep(rng.choice((0.0, rng.uniform(0, 0.02), rng.uniform(0, expected.seconds))))
    both = first, bench.start(place.command(bench), folder)
    ended = [running.wait() for running in both]
    for done in ended:
        require(done.code in (0, 2), "exit code {}: {}", done.code, " / ".join(done.lines[-3:]))
        if done.code == 2:
            require_one_line(done, "another process")
    require(0 in [done.code for done in ended], "neither of the two ended well")
    finish(bench, place, folder)
    waited = sum(done.code == 2 for done in ended)
    return Outcome(1, "refused one" if waited else "both ended well")
