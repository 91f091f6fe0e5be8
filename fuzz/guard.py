"""One case judged: success or one clear `ZooError`, in time, within memory, and nothing written elsewhere."""

import contextlib
import io
import os
import resource
import signal
import sys
import traceback
from pathlib import Path
from typing import Any, Callable, Iterator, NamedTuple, Optional, Set

from zoo_common.errors import ZooError

SECONDS = 10
MEMORY = 2 << 30
OK, REFUSED, FINDING = "ok", "refused", "finding"


class Outcome(NamedTuple):
    """What became of a case; of a finding ``where`` is the place in our code and ``what`` the message."""

    verdict: str
    where: str = ""
    what: str = ""


class TimedOutError(BaseException):
    """A case took too long. No `Exception`, so that readers do not take it for a fault of the file."""


def judge(call: Callable[[], None]) -> Outcome:
    """Run one case in this process."""
    errors = io.StringIO()
    try:
        with _limits(), _quiet(errors):
            call()
    except ZooError as error:
        return _refusal(str(error))
    except SystemExit as leaving:
        return _left(leaving.code, errors.getvalue())
    except BaseException as error:
        return Outcome(FINDING, *_place(error))
    return Outcome(OK)


def _refusal(text: str) -> Outcome:
    if text.strip():
        return Outcome(REFUSED, "", text[-300:])
    return Outcome(FINDING, "message", "a ZooError without text")


def _left(code: Any, errors: str) -> Outcome:
    if code in (None, 0, 1):
        return Outcome(OK)
    lines = errors.strip().splitlines()
    if code == 2 and lines and ": error: " in lines[-1]:
        return Outcome(REFUSED, "", lines[-1][-300:])
    return Outcome(FINDING, "exit code", "{}: {}".format(code, lines[-1:]))


def _place(error: BaseException) -> "tuple":
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/packages/zoo-" in frame.filename] or frames
    path, line = ours[-1].filename, ours[-1].lineno
    where = "{} at {}:{}".format(type(error).__name__, path.rsplit("/src/", 1)[-1], line)
    return where, str(error)[:200]


@contextlib.contextmanager
def _limits() -> Iterator[None]:
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_mapped() + MEMORY, hard))
    previous = signal.signal(signal.SIGALRM, _alarm)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def _alarm(*_: Any) -> None:
    raise TimedOutError("more than {} s".format(SECONDS))


def _mapped() -> int:
    with open("/proc/self/statm") as stream:
        return int(stream.read().split()[0]) * resource.getpagesize()


@contextlib.contextmanager
def _quiet(errors: io.StringIO) -> Iterator[None]:
    """Keep errors, and let the output go through an encoder as strict as a terminal's or a pipe's."""
    nowhere = open(os.devnull, "w", encoding="utf-8", errors="strict")  # noqa: SIM115
    with nowhere, contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(errors):
        yield
        sys.stdout.flush()


class Watch:
    """Whatever appears in a folder tree beside what may: the working folder of a case lies three levels within."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.work = root / "one" / "two" / "work"
        self.work.mkdir(parents=True)
        self.forbidden = Path("/nonexistent-zoo-fuzz")
        self._known = self._outside()

    def strayed(self) -> Optional[str]:
        """Return a file that a case wrote outside its folder."""
        found = sorted(self._outside() - self._known)
        self._known |= set(found)
        if self.forbidden.exists():
            found.append(str(self.forbidden))
        return found[0] if found else None

    def _outside(self) -> Set[str]:
        found = set()  # type: Set[str]
        for folder, names, files in os.walk(str(self.root)):
            if folder == str(self.work.parent):
                names.remove(self.work.name)
            found.update(os.path.join(folder, name) for name in [*names, *files])
        return found
