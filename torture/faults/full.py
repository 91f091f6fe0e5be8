"""A full disk: a file system with too little room, and system calls that find none."""

import os
import random
from pathlib import Path

from torture import mounts
from torture.faults.ending import finish, require_one_line
from torture.outcome import Outcome, require
from torture.places import Place
from torture.process import pick_call, under_strace
from torture.tree import require_tidy, require_whole
from torture.workbench import Workbench

PAGE = 4096
AMPLE = 256 << 20
CALLS = ("write", "pwrite64", "writev", "fsync", "fdatasync", "rename", "mkdir", "link", "ftruncate")
ERRORS = ("ENOSPC", "EDQUOT")
NAMES = ("out", "cache", "standard output")


def full(bench: Workbench, place: Place, rng: random.Random) -> Outcome:
    """Run the command on a file system without enough room, then make some."""
    expected = bench.undisturbed(place)
    disk = bench.folder / "small"
    disk.mkdir(exist_ok=True)
    mounts.small(disk, AMPLE)
    try:
        (disk / "something else").write_bytes(bytes(PAGE))
        folder = disk / "work"
        folder.mkdir()
        place.begin(bench, folder)
        mounts.resize(disk, _used(disk) + PAGE * rng.randrange(max(1, expected.room // PAGE)))
        done = bench.run(place, folder)
        struck = done.code != 0
        if struck:
            require(done.code == 2, "exit code {}: {}", done.code, " / ".join(done.lines[-3:]))
            require_one_line(done, *NAMES)
        require_whole(folder, expected.tree)
        require_tidy(folder)
        mounts.resize(disk, AMPLE)
        finish(bench, place, folder)
    finally:
        mounts.unmount(disk)
    return Outcome(int(struck))


def refused(bench: Workbench, place: Place, rng: random.Random) -> Outcome:
    """Let one system call say that there is no room, or no quota."""
    expected = bench.undisturbed(place)
    folder = bench.begin(place)
    error = rng.choice(ERRORS)
    call, when = pick_call(rng, expected.calls or {"write": 1}, CALLS)
    done = bench.start(under_strace(place.command(bench), call, "error={}:{}".format(error, when)), folder).wait()
    if done.code:
        require(done.code == 2, "exit code {} after {} {}: {}", done.code, *call, when, " / ".join(done.lines[-3:]))
        require_one_line(done, *NAMES)
    require_whole(folder, expected.tree)
    require_tidy(folder)
    finish(bench, place, folder)
    return Outcome(int(done.code != 0))


def _used(folder: Path) -> int:
    state = os.statvfs(str(folder))
    return (state.f_blocks - state.f_bfree) * state.f_frsize
