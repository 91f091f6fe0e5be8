"""Commands as processes in sessions of their own, plain or under strace, and what they said."""

import contextlib
import os
import random
import re
import shutil
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from torture.outcome import SkippedError, require

DEADLINE = 300
"""Seconds for any command here; those that take longer hang."""
CHANGES = (
    "write,pwrite64,writev,fsync,fdatasync,ftruncate,rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,"
    "mkdirat,rmdir,chmod,fchmod,fchmodat,flock"
).split(",")
"""System calls by which a command changes files."""


class Ended(NamedTuple):
    """A process that is over.

    Attributes:
        code: its exit code, negative for a signal.
        out: what it printed.
        lines: the lines on its stderr that are not empty.
        seconds: how long it took.
    """

    code: int
    out: str
    lines: List[str]
    seconds: float


class Running:
    """A command under way, leader of its own process group."""

    def __init__(self, command: Sequence[str], folder: Path, variables: Dict[str, str]) -> None:
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "universal_newlines": True}
        self._begin = time.monotonic()
        self._process = subprocess.Popen(
            list(command), cwd=str(folder), env=variables, start_new_session=True, stdin=subprocess.DEVNULL, **pipes
        )

    def alive(self) -> bool:
        """Tell whether it still runs."""
        return self._process.poll() is None

    def signal(self, number: int, everyone: bool = False) -> None:
        """Send a signal to the process, or to all of its group as a terminal does."""
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if everyone else os.kill)(self._process.pid, number)

    def wait(self, deadline: float = DEADLINE) -> Ended:
        """Wait for the end; raise `ViolationError` if it hangs or leaves processes behind."""
        try:
            out, errors = self._process.communicate(timeout=deadline)
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGKILL, everyone=True)
            self._process.communicate()
            require(False, "still running after {} s", deadline)
        seconds = time.monotonic() - self._begin
        self._require_alone()
        lines = [line.strip() for line in re.split(r"[\r\n]+", errors) if line.strip()]
        return Ended(self._process.returncode, out, lines, seconds)

    def _require_alone(self, patience: float = 10.0) -> None:
        limit = time.monotonic() + patience
        while time.monotonic() < limit:
            try:
                os.killpg(self._process.pid, 0)
            except ProcessLookupError:
                return
            time.sleep(0.05)
        self.signal(signal.SIGKILL, everyone=True)
        require(False, "processes left behind, {} s after the end", patience)


def under_strace(
    command: Sequence[str], calls: Sequence[str], inject: str = "", log: Optional[Path] = None
) -> List[str]:
    """Return the command under strace, which looks at some system calls.

    Args:
        inject: what happens at them, as strace's ``inject`` has it after the names.
        log: where they are written down.

    Raises:
        SkippedError: there is no strace here, or it may not trace.
    """
    if not can_trace():
        raise SkippedError("no strace, or none that may trace (apt-get install strace)")
    flags = ["-f", "-qqq", "-o", str(log or os.devnull), "-e", "trace=" + ",".join(calls)]
    flags += ["-e", "inject={}:{}".format(",".join(calls), inject)] if inject else []
    return ["strace"] + flags + ["--"] + list(command)


def can_trace() -> bool:
    """Tell whether strace works here."""
    if shutil.which("strace") is None:
        return False
    probe = ["strace", "-f", "-o", os.devnull, "-e", "trace=write", "true"]
    return subprocess.run(probe, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def calls_in(log: Path) -> Dict[str, int]:
    """Return, of every system call in strace's log, how often the thread made it that made it most often."""
    counts: Counter = Counter()
    with log.open(errors="replace") as stream:
        for line in stream:
            match = re.match(r"(\d+)\s+(\w+)\(", line)
            if match:
                counts[match.groups()] += 1
    most: Dict[str, int] = {}
    for (_, name), count in counts.items():
        most[name] = max(most.get(name, 0), count)
    return most


def pick_call(rng: random.Random, calls: Dict[str, int], names: Sequence[str]) -> Tuple[List[str], str]:
    """Return a call to strike at, and ``when=N``: the kind first, so that rare ones have their turn."""
    name = rng.choice(sorted(name for name in calls if name in names))
    return [name], "when={}".format(rng.randint(1, calls[name]))
