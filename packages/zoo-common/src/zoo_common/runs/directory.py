"""A run directory on disk: created, locked, filled unit by unit, resumed after any crash, finished once.

``manifest.json``      identity of the run, then its counts
``parts/``             one file a unit while the run is under way
``predictions.jsonl``  one line a sample, in sample order
``results.json``       COCO results file (absent in a shard)
``score.json``         the numbers; ``matches.npz`` the match arrays behind them
``measurements.json``  time, memory, machine: the only file that differs between two runs of one identity
``fidelity.json``      distance of the outputs from another precision's, where several were evaluated together
``verdict.json``       PASSED or FAILED against the card's references, where any applies
``sensitivity.json``   which layers cost what, where it was asked for
"""

import contextlib
import shutil
from pathlib import Path
from typing import Any, Dict, Iterable, List, Sequence

from zoo_common.errors import ZooError
from zoo_common.files import PathLike, atomic_open, canonical_json, read_json, write_json
from zoo_common.locks import held
from zoo_common.runs.manifest import Manifest, differences
from zoo_common.runs.measurements_file import MeasurementsFile
from zoo_common.schema import parse

MANIFEST, PREDICTIONS, RESULTS = "manifest.json", "predictions.jsonl", "results.json"
SCORE, MATCHES, MEASUREMENTS, FIDELITY = "score.json", "matches.npz", "measurements.json", "fidelity.json"
VERDICT, SENSITIVITY = "verdict.json", "sensitivity.json"
PARTS, LOCK = "parts", ".lock"
_BEGUN = (LOCK, ".{}.tmp".format(MANIFEST))


class RunDirectory:
    """An open run directory. Use it as a context manager: the lock is held inside the block."""

    def __init__(self, path: PathLike, manifest: Manifest) -> None:
        self.path = Path(path)
        self.manifest = manifest
        self._open = contextlib.ExitStack()

    def __enter__(self) -> "RunDirectory":
        with contextlib.ExitStack() as stack:
            stack.enter_context(held(self.path / LOCK, "{}: another process is writing this run".format(self.path)))
            self._adopt()
            self._open = stack.pop_all()
        return self

    def __exit__(self, *_: Any) -> None:
        self._open.close()

    def _adopt(self) -> None:
        if (self.path / MANIFEST).exists():
            found = load_manifest(self.path)
            unlike = differences(found.identity(), self.manifest.identity())
            if unlike:
                raise ZooError(
                    "{} holds another run; choose another --out. Differs in {}".format(self.path, "; ".join(unlike[:5]))
                )
            self.manifest = found
        elif any(entry.name not in _BEGUN for entry in self.path.iterdir()):
            raise ZooError("{} is not empty and holds no {}; choose another --out".format(self.path, MANIFEST))
        else:
            write_json(self.path / MANIFEST, self.manifest.to_json())
        if self.manifest.complete:
            shutil.rmtree(str(self.path / PARTS), ignore_errors=True)

    @property
    def complete(self) -> bool:
        """Whether the run needs no more predictions."""
        return self.manifest.complete

    def part(self, number: int) -> Path:
        """Return the file of a unit."""
        return self.path / PARTS / "{:07d}.jsonl".format(number)

    def missing(self, numbers: Iterable[int]) -> List[int]:
        """Return the units that have no part yet."""
        return [number for number in numbers if not self.part(number).exists()]

    def write_part(self, number: int, records: Sequence[Dict[str, Any]]) -> None:
        """Write the records of a unit, atomically."""
        with atomic_open(self.part(number)) as stream:
            for record in records:
                stream.write(canonical_json(record) + "\n")

    def write_measurements(self, measurements: Dict[str, Any]) -> None:
        """Write what was measured, fields of `MeasurementsFile`, beside the numbers it belongs to.

        Raises:
            ZooError: a field is unknown or wrong, or the file cannot be written.
        """
        file = self.path / MEASUREMENTS
        write_json(file, parse(MeasurementsFile, measurements, str(file)).model_dump(mode="json", exclude_none=True))


def load_manifest(path: PathLike) -> Manifest:
    """Read and validate the manifest of a run directory.

    Raises:
        ZooError: there is none, or a field of it is wrong; the message names file, field and value.
    """
    file = Path(path) / MANIFEST
    if not file.exists():
        raise ZooError("{}: not a run directory (no {})".format(path, MANIFEST))
    return parse(Manifest, read_json(file), str(file))


def open_run(path: PathLike, must_be_complete: bool = True) -> RunDirectory:
    """Open an existing run for reading (without the lock).

    Raises:
        ZooError: it is no run directory, or the run is not complete.
    """
    run = RunDirectory(path, load_manifest(path))
    if must_be_complete and not run.complete:
        raise ZooError("{}: the run is not complete; its own command goes on from where it stopped".format(path))
    return run
