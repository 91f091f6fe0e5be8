"""The workflow of one cheap model, as the tests start it and look at what it made."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Sequence

ROOT = Path(__file__).resolve().parents[2]
MODEL, LIMIT = "simple_pose_demo", 24
MERGED = ("manifest.json", "predictions.jsonl", "results.json")
SCORED = MERGED + ("score.json", "matches.npz")
OPTIONS = "--batch-size 4"


class Workflow:
    """The workflow of one cheap model on a small tree, as a command line and as files."""

    def __init__(self, folders: Dict[str, str], data: Path) -> None:
        self.folders, self.data = folders, data

    def command(self, out: Path, *options: str, engine: str = "local", config: str = "") -> List[str]:
        """Return the command line of run.py."""
        environments = ", ".join("{}: {{folder: {}}}".format(*item) for item in self.folders.items())
        settings = ["environments={{{}}}".format(environments)]
        settings += ["models={{{}: {{options: {}{}}}}}".format(MODEL, OPTIONS, config)]
        command = [sys.executable, str(ROOT / "workflow" / "run.py"), "--engine", engine, "--out", str(out)]
        command += ["--data", str(self.data), "--limit", str(LIMIT), "--only", MODEL]
        return command + [*options, "--config", *settings]

    def run(self, out: Path, *options: str, **others: str) -> subprocess.CompletedProcess:
        """Run it to its end on this machine; both streams in one."""
        command = self.command(out, "--jobs", "2", *options, **others)
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def contents(run: Path, names: Sequence[str] = SCORED) -> Dict[str, bytes]:
    """Return the files of a run that its identity determines."""
    return {name: (run / name).read_bytes() for name in names}


@contextmanager
def started(
    command: List[str], printed: Path, environment: Optional[Dict[str, str]] = None
) -> Iterator[subprocess.Popen]:
    """Start a command that prints to a file; at the end of the block whatever is left of it is killed."""
    with printed.open("w") as stream:
        process = subprocess.Popen(command, env=environment, stdout=stream, stderr=stream, start_new_session=True)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
