"""What an evaluation adds to the measurements of the loop: the command, and how long one sample takes."""

import os
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional

from zoo_common.coco import CocoDataset
from zoo_common.evaluation import Network
from zoo_common.evaluation.latency import one_at_a_time
from zoo_common.files import read_json
from zoo_common.frontend.prepared import evenly, prepared
from zoo_common.runs import open_run
from zoo_common.runs.directory import MEASUREMENTS
from zoo_common.runs.measurements_file import MeasurementsFile
from zoo_common.schema import parse
from zoo_common.tasks import Task
from zoo_common.tasks.base import Inputs

SAMPLES = 8


class LatencyProbe:
    """A few samples of the evaluated data, one a batch, prepared when first needed.

    Args:
        task: prepares them and runs the network.
        dataset: the evaluated images.
    """

    def __init__(self, task: Task, dataset: CocoDataset) -> None:
        self._task, self._dataset = task, dataset
        self._batches: Optional[List[Inputs]] = None

    def measure(self, network: Network) -> Dict[str, Any]:
        """Return `one_at_a_time` of a network."""
        if self._batches is None:
            samples = evenly(self._task.samples(self._dataset), SAMPLES)
            self._batches = prepared(self._task, self._dataset, samples, 1)
        return one_at_a_time(lambda batch: self._task.infer(network, batch), self._batches)


def complete_measurements(path: Path, network: Network, probe: Optional[LatencyProbe]) -> None:
    """Add to the measurements of a complete run what they lack: the command and, with a probe, the latency.

    A simulator's time says nothing of the precision it simulates, so it is not measured.

    Raises:
        ZooError: ``measurements.json`` is damaged or cannot be written.
    """
    file = path / MEASUREMENTS
    known = _read(file) if file.exists() else {}
    found = dict(known)
    if "command" not in found:
        found.update(command_line())
    if probe is not None and "latency_ms" not in found and network.describe().get("executed"):
        found.update(probe.measure(network))
    if found != known:
        open_run(path).write_measurements(found)


def _read(file: Path) -> Dict[str, Any]:
    return parse(MeasurementsFile, read_json(file), str(file)).model_dump(mode="json", exclude_none=True)


def command_line() -> Dict[str, Any]:
    """Return ``command``, what was typed to start this process, and ``tox_env``, the environment of tox, if any."""
    program = Path(sys.argv[0])
    name = ["python", "-m", program.parent.name] if program.name == "__main__.py" else [program.name]
    found: Dict[str, Any] = {"command": name + sys.argv[1:]}
    if os.environ.get("TOX_ENV_NAME"):
        found["tox_env"] = os.environ["TOX_ENV_NAME"]
    return found
