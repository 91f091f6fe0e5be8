"""Run one step of the workflow: its output to a log, and until it succeeds, a note of what runs where.

    python step.py --log FILE --notes DIR --name TEXT -- COMMAND...

A note that is left says what failed, on which node, and why; or, without an exit code, what was killed there. A step
that an earlier start of the workflow left running is waited for: its log is locked while it runs. Standard library
only: it runs under whichever Python runs the workflow, on any node.
"""

import argparse
import fcntl
import json
import os
import re
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Dict, Optional


def main() -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--log", type=Path, required=True, help="what the command prints; started anew by each attempt")
    parser.add_argument("--notes", type=Path, required=True, help="folder of what has not succeeded")
    parser.add_argument("--name", required=True, help="what the step is called in messages")
    parser.add_argument("command", nargs="+")
    args = parser.parse_args()
    node = os.environ.get("SLURMD_NODENAME") or socket.gethostname()
    for folder in (args.log.parent, args.notes):
        folder.mkdir(parents=True, exist_ok=True)
    note = args.notes / (re.sub(r"[^A-Za-z0-9]+", "-", args.name) + ".json")
    found: Dict[str, object] = {"name": args.name, "node": node, "log": str(args.log.resolve())}
    with args.log.open("a", encoding="utf-8") as log:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(log, fcntl.LOCK_EX)  # the command inherits it and may outlive this process
        log.truncate(0)
        print("node: {}".format(node), file=log, flush=True)
        _write(note, found)
        code = subprocess.run(args.command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL).returncode
    if code == 0:
        note.unlink(missing_ok=True)
        return 0
    found.update(exit_code=code, last_line=_last_line(args.log))
    _write(note, found)
    print(said(found), file=sys.stderr)
    return code if code > 0 else 128 - code


def said(note: Dict[str, object]) -> str:
    """Return what a note says: step, node, outcome and log."""
    how: Optional[object] = note.get("exit_code")
    outcome = "was killed" if how is None else "failed with exit code {}".format(how)
    text = "{name} {} on {node}; log: {log}".format(outcome, **note)
    return text if how is None else "{}\n  {}".format(text, note["last_line"])


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[1:]
    return next((line.strip() for line in reversed(lines) if line.strip()), "(it printed nothing)")


def _write(note: Path, found: Dict[str, object]) -> None:
    temporary = note.with_suffix(".tmp")
    temporary.write_text(json.dumps(found, indent=2), encoding="utf-8")
    temporary.replace(note)


if __name__ == "__main__":
    sys.exit(main())
