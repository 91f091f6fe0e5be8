"""The cases of one target in processes of their own: one that dies or hangs is a finding, and the next goes on."""

import json
import os
import queue
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional

from fuzz.registry import TARGETS

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "fuzz"
SILENCE = 60
"""Seconds without a word until a process counts as hanging: loading a framework takes twenty on a busy machine."""
MOST_DEATHS = 30
ONE_THREAD = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "TF")


class Tally(NamedTuple):
    """What came of a target's cases."""

    name: str
    cases: int
    ok: int
    refused: int
    findings: Dict[str, List[Any]]
    seconds: float
    stopped: str = ""


class Job:
    """One target.

    Args:
        name: of the target.
        seed, cases: as asked for.
        deadline: `time.monotonic` at which to stop, whatever is left.
    """

    def __init__(self, name: str, seed: int, cases: int, deadline: float, first: int = 0) -> None:
        self.name = name
        self._seed, self._first, self._stop, self._deadline = seed, first, first + cases, deadline
        self._counts = {"ok": 0, "refused": 0, "finding": 0}
        self._findings: Dict[str, List[Any]] = {}
        self._stopped = ""
        self._keep = BUILD / "findings"

    def run(self) -> Tally:
        """Run all cases; returns what came of them."""
        start, guided = time.monotonic(), TARGETS[self.name].guided
        BUILD.mkdir(parents=True, exist_ok=True)
        with (BUILD / (self.name + ".log")).open("wb") as log:
            if guided:
                half = self._first + (self._stop - self._first) // 2
                self._all("worker", self._first, half, log)
                self._all("guided", half, self._stop, log)
            else:
                self._all("worker", self._first, self._stop, log)
        return Tally(
            self.name,
            sum(self._counts.values()),
            self._counts["ok"],
            self._counts["refused"],
            self._findings,
            time.monotonic() - start,
            self._stopped,
        )

    def _all(self, engine: str, first: int, last: int, log: Any) -> None:
        deaths = 0
        while first < last and not self._stopped:
            if time.monotonic() > self._deadline:
                self._stopped = "out of time"
                return
            done = self._process(engine, first, last, log)
            if done is None:
                return
            first = done
            deaths += 1
            if deaths == MOST_DEATHS:
                self._stopped = "{} processes died".format(deaths)

    def _process(self, engine: str, first: int, last: int, log: Any) -> Optional[int]:
        """Run cases in one process; returns None at their end, else the case to go on with."""
        python = ROOT / ".tox" / TARGETS[self.name].environment / "bin" / "python"
        command = [str(python), "-m", "fuzz." + engine, self.name, str(self._seed), str(first), str(last)]
        process = subprocess.Popen(
            [*command, "--keep", str(self._keep)], cwd=str(ROOT), env=_environment(), stdout=subprocess.PIPE, stderr=log
        )
        lines: queue.Queue[bytes] = queue.Queue()
        threading.Thread(target=_forward, args=(process.stdout, lines), daemon=True).start()
        begun, following = False, first
        while True:
            try:
                text = lines.get(timeout=SILENCE)
            except queue.Empty:
                process.kill()
                text = b""
            if not text:
                break
            line = json.loads(text)
            if "valid" in line:
                begun = True
                if line["valid"] != "ok":
                    self._note("valid files", line["what"] or line["where"], -1)
                    self._stopped = "the valid files are not read"
                continue
            following = line["case"] + 1
            self._counts[line["verdict"]] += 1
            if line["verdict"] == "finding":
                self._note(line["where"], line["what"], line["case"])
            if time.monotonic() > self._deadline:
                self._stopped = self._stopped or "out of time"
                process.kill()
        code = process.wait()
        if self._stopped or (code == 0 and following >= last):
            return None
        if not begun:
            self._stopped = "does not start (see {})".format((BUILD / (self.name + ".log")).relative_to(ROOT))
            self._note("start", self._stopped, -1)
            return None
        self._counts["finding"] += 1
        self._note("died", "hangs" if code == -signal.SIGKILL else _ending(code), following)
        return following + 1

    def _note(self, where: str, what: str, case: int) -> None:
        self._findings.setdefault(where, []).append((case, what))


def _ending(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else "exit code {}".format(code)


def _forward(stream: Any, lines: "queue.Queue[bytes]") -> None:
    for line in stream:
        lines.put(line)
    lines.put(b"")


def _environment() -> Dict[str, str]:
    single = {name + "_NUM_THREADS": "1" for name in ONE_THREAD}
    single.update(TF_NUM_INTRAOP_THREADS="1", TF_NUM_INTEROP_THREADS="1", TF_CPP_MIN_LOG_LEVEL="2")
    return dict(os.environ, PYTHONHASHSEED="0", PYTHONPATH=str(ROOT), CUDA_VISIBLE_DEVICES="", **single)
