"""A command whose output passes through as it comes, and is looked at: the runs it names, its last error line."""

import os
import pty
import re
import signal
import subprocess
import sys
import threading
import tty
from pathlib import Path
from typing import Dict, List, NamedTuple, Optional, Tuple

RUN = re.compile(r"^run: (.+)$")
ERROR = re.compile(r"\berror: |^FAILED\b|^[\w.]*(Error|Exception|Interrupt)\b")
PATIENCE_S = 10


class Outcome(NamedTuple):
    """What came of a command.

    Attributes:
        code: its exit code.
        runs: the run directories it named.
        reason: the last line that looks like an error, else the last one on stderr.
    """

    code: int
    runs: List[Path]
    reason: Optional[str]


class Watched:
    """A running command.

    Args:
        command: program and arguments.
        folder: to run it in; the runs it names are relative to it.
    """

    def __init__(self, command: List[str], folder: Path) -> None:
        self._folder = folder
        self._lines: Dict[str, str] = {}
        self._runs: List[Path] = []
        self._quiet = False
        ours, theirs = _stream_like_stderr()
        # In a session of its own, so that Ctrl-C reaches it once, from here.
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=theirs,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        os.close(theirs)
        self._errors = threading.Thread(target=self._pass_errors, args=(ours,), daemon=True)
        self._errors.start()

    def wait(self) -> Outcome:
        """Let the process run to its end; whatever stops us stops it."""
        try:
            for line in self._process.stdout or ():
                print(line, end="", flush=True)
                self._look_at(line, "output")
                found = RUN.match(line.rstrip())
                if found:
                    self._runs.append(self._folder / found.group(1))
            code = self._process.wait()
        finally:
            self._stop()
        self._errors.join(timeout=PATIENCE_S)
        return Outcome(code, self._runs, self._lines.get("error", self._lines.get("errors")))

    def _stop(self) -> None:
        if self._process.poll() is not None:
            return
        self._quiet = True
        self._process.send_signal(signal.SIGINT)
        threading.Thread(target=lambda: [None for _ in self._process.stdout or ()], daemon=True).start()
        try:
            self._process.wait(timeout=PATIENCE_S)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            os.killpg(self._process.pid, signal.SIGKILL)

    def _pass_errors(self, stream: int) -> None:
        rest = ""
        for block in iter(lambda: _read(stream), b""):
            if not self._quiet:
                sys.stderr.buffer.write(block)
                sys.stderr.flush()
            *lines, rest = re.split(r"[\r\n]", rest + block.decode("utf-8", "replace"))
            for line in lines:
                self._look_at(line, "errors")
        self._look_at(rest, "errors")
        os.close(stream)

    def _look_at(self, line: str, stream: str) -> None:
        line = line.strip()
        if line:
            self._lines["error" if ERROR.search(line) else stream] = line


def _read(stream: int) -> bytes:
    try:
        return os.read(stream, 4096)
    except OSError:  # a terminal whose other end is closed
        return b""


def _stream_like_stderr() -> Tuple[int, int]:
    """Return our and the child's end of a stream: a terminal where stderr is one, for the sake of progress bars."""
    if not sys.stderr.isatty():
        return os.pipe()
    ours, theirs = pty.openpty()
    tty.setraw(theirs)  # the real terminal turns line ends into its own
    return ours, theirs


def _environment() -> Dict[str, str]:
    """Return the child's environment. It says how wide the terminal is: tox would ask stdout, which is none here."""
    if not sys.stderr.isatty():
        return dict(os.environ)
    size = os.get_terminal_size(sys.stderr.fileno())
    return dict({"COLUMNS": str(size.columns), "LINES": str(size.lines)}, **os.environ)
