"""How far one precision's outputs are from another's on the same samples, which accuracy alone hardly shows."""

from typing import Any, Dict, List

from zoo_common.coco import CocoDataset
from zoo_common.evaluation import Network
from zoo_common.frontend.prepared import evenly, prepared
from zoo_common.tasks import Task
from zoo_common.tasks.base import Inputs

SAMPLES = 64
BATCH = 16


class FidelityProbe:
    """A few samples of the evaluated data, spread evenly, and the outputs of a reference network on them.

    Args:
        task: prepares the samples and compares outputs.
        dataset: the evaluated images.
        samples: how many at most.
    """

    def __init__(self, task: Task, dataset: CocoDataset, samples: int = SAMPLES) -> None:
        self._task = task
        self._samples = evenly(task.samples(dataset), samples)
        self._dataset = dataset
        self._inputs: List[Inputs] = []
        self._reference: List[Any] = []
        self.reference_name = ""

    def _prepared(self) -> List[Inputs]:
        if not self._inputs:
            self._inputs = prepared(self._task, self._dataset, self._samples, BATCH)
        return self._inputs

    def refer_to(self, name: str, network: Network) -> None:
        """Take this network's outputs as the reference from now on."""
        self.reference_name = name
        self._reference = [self._task.infer(network, batch) for batch in self._prepared()]

    def compare(self, network: Network) -> Dict[str, Any]:
        """Return the distance of a network's outputs from the reference's, with what it was measured on.

        Empty where the task knows no measure, or nothing could be read.
        """
        if not self._reference:
            return {}
        outputs = [self._task.infer(network, batch) for batch in self._prepared()]
        found = self._task.disagreement(self._reference, outputs)
        if not found:
            return {}
        return dict(found, reference=self.reference_name, samples=sum(len(batch) for batch in self._inputs))
