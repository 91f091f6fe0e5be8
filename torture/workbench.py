"""What all cases share: data, runs and records made once, a file server, and what each command does undisturbed."""

import os
import shutil
import sys
from pathlib import Path
from typing import Dict, List, NamedTuple

from torture.outcome import require
from torture.places import PLACES, ROOT, Place
from torture.process import CHANGES, Ended, Running, calls_in, can_trace, under_strace
from torture.tree import Tree, contents

sys.path.insert(0, str(ROOT / "packages" / "zoo-common" / "tests"))

from file_server import FileServer


class Undisturbed(NamedTuple):
    """A place's command as it goes where nothing happens.

    Attributes:
        tree: what lies in the folder afterwards.
        out: what it printed.
        seconds: how long it took.
        calls: system call to how often it was made; empty where they cannot be traced.
        room: bytes of files it adds.
    """

    tree: Tree
    out: str
    seconds: float
    calls: Dict[str, int]
    room: int


class Workbench:
    """Folders below one, and commands that run there.

    Args:
        folder: empty; everything goes there.
        server: serves what is downloaded.
    """

    def __init__(self, folder: Path, server: FileServer) -> None:
        self.folder, self.server = folder, server
        self.inputs = folder / "inputs"
        self._known: Dict[str, Undisturbed] = {}
        self._count = 0
        self.variables = _variables(folder)
        self._make_inputs()

    def _make_inputs(self) -> None:
        self.inputs.mkdir(parents=True)
        zoo = [sys.executable, "-m", "zoo_common.cli.main"]
        model = ["linear_demo", "--data", "data", "--batch-size", "4", "--no-progress"]
        for arguments in (
            ["data", "synth", "--out", "data", "--train", "24", "--val", "20"],
            ["evaluate"] + model + ["--precision", "fp32", "--out", "runs/fp32", "--no-latency"],
            ["evaluate"] + model + ["--precision", "int8", "--out", "runs/int8", "--no-latency"],
            ["predict"] + model + ["--shard", "1/2", "--out", "shards/1"],
            ["predict"] + model + ["--shard", "2/2", "--out", "shards/2"],
        ):
            done = self.start(zoo + arguments, self.inputs).wait()
            require(done.code == 0, "{}: {}", " ".join(arguments), done.lines)

    def start(self, command: List[str], folder: Path, **more: str) -> Running:
        """Start a command in a folder, which also holds its cache."""
        return Running(command, folder, dict(self.variables, ZOO_CACHE=str(folder / "cache"), **more))

    def run(self, place: Place, folder: Path) -> Ended:
        """Run a place's command to its end."""
        return self.start(place.command(self), folder).wait()

    def begin(self, place: Place) -> Path:
        """Return a new folder with what the place's command finds."""
        self._count += 1
        folder = self.folder / "{}-{}".format(place.name, self._count)
        folder.mkdir()
        place.begin(self, folder)
        return folder

    def undisturbed(self, place: Place) -> Undisturbed:
        """Return what the place's command does where nothing happens; run at the first call."""
        if place.name not in self._known:
            self._known[place.name] = self._measure(place)
        return self._known[place.name]

    def _measure(self, place: Place) -> Undisturbed:
        folder = self.begin(place)
        before = _size(contents(folder))
        done = self.run(place, folder)
        require(done.code == 0, "fails undisturbed: {}", done.lines[-1:])
        tree, calls = contents(folder), {}
        if can_trace():
            log, again = self.folder / "calls.log", self.begin(place)
            traced = under_strace(place.command(self), CHANGES, log=log)
            self.start(traced, again).wait()
            calls = calls_in(log)
            shutil.rmtree(str(again))
        shutil.rmtree(str(folder))
        return Undisturbed(tree, done.out, done.seconds, calls, _size(tree) - before)


def places() -> List[Place]:
    """Return the places whose programs are installed here."""
    return [place for place in PLACES if place.there()]


def _size(tree: Tree) -> int:
    return sum(4096 if data is None else -(-len(data) // 4096) * 4096 for data in tree.values())


def _variables(folder: Path) -> Dict[str, str]:
    """Return an environment in which `zoo` finds the example package, without installing it."""
    site, linear = folder / "site", ROOT / "examples" / "zoo-linear" / "src"
    about = site / "zoo_linear-0.1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: zoo-linear\nVersion: 0.1.0\n")
    (about / "entry_points.txt").write_text("[zoo.backends]\nzoo-linear = zoo_linear.backend:LinearBackend\n")
    found = dict(os.environ, OPENBLAS_NUM_THREADS="1", NO_PROXY="127.0.0.1", PYTHONDONTWRITEBYTECODE="1")
    found.update(dict.fromkeys(("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"), "1"))
    found["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(linear), str(site)])
    return found
