"""Data that cannot be written, and folders for results that cannot either."""

import random

from torture import mounts
from torture.faults.ending import finish, require_one_line
from torture.outcome import Outcome, require
from torture.places import Place
from torture.workbench import Workbench


def read_only_data(bench: Workbench, place: Place, rng: random.Random) -> Outcome:
    """Run the command on inputs that cannot be written."""
    bench.undisturbed(place)
    for name in place.reads:
        mounts.read_only(bench.inputs / name)
    try:
        finish(bench, place, bench.begin(place))
    finally:
        for name in place.reads:
            mounts.unmount(bench.inputs / name)
    return Outcome(1)


def read_only_output(bench: Workbench, place: Place, rng: random.Random) -> Outcome:
    """Run the command where it cannot write, then where it can; once done, it must not need to write again."""
    folder = bench.begin(place)
    mounts.read_only(folder)
    try:
        done = bench.run(place, folder)
    finally:
        mounts.unmount(folder)
    if not place.prints:
        require(done.code == 2, "exit code {}: {}", done.code, " / ".join(done.lines[-3:]))
        require_one_line(done, "out", "cache")
    finish(bench, place, folder)
    return Outcome(1)
