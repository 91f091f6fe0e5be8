"""Average precision on a few calibration images, as often as asked: all that a search may look at."""

from typing import List

from zoo_common.errors import ZooError
from zoo_common.frontend.calibration import CalibrationSet
from zoo_common.frontend.prepared import evenly
from zoo_common.metrics import score
from zoo_common.tasks.base import Forward, Inputs


class CalibrationImages:
    """A few of a calibration set's images, spread evenly over it, prepared once.

    Args:
        calibration: where they come from.
        count: how many; fewer if it has fewer.

    Attributes:
        batches: of one sample each, as the task's `inputs` gives them.

    Raises:
        ZooError: an image cannot be read.
    """

    def __init__(self, calibration: CalibrationSet, count: int) -> None:
        self.task, self.dataset = calibration.task, calibration.source
        self.samples = evenly(calibration.chosen(), count)
        self.batches: List[Inputs] = []
        for sample in self.samples:
            room = self.task.inputs([sample])
            self.task.preprocess(self.dataset.read(sample.image), sample, room[0])
            self.batches.append(room)

    def average_precision(self, forward: Forward) -> float:
        """Return COCO's AP of a network on these images; 0 where nothing is there to be found."""
        results = []
        for sample, batch in zip(self.samples, self.batches):
            records = self.task.postprocess(self.task.infer(forward, batch), [sample])
            results.extend(self.task.results(sample.image.id, records))
        ids = [sample.image.id for sample in self.samples]
        return score(self.dataset, results, self.task.result_type, ids).stats["AP"] or 0.0


def refuse_evaluated(calibration: CalibrationSet, flag: str) -> None:
    """Refuse a search that would look at images it is judged by later.

    Raises:
        ZooError: some calibration images are evaluated ones.
    """
    seen = calibration.record().evaluated_images_seen
    if seen:
        raise ZooError(
            "{}: {} of the calibration images are evaluated ones; name a train split with --calibration-split".format(
                flag, seen
            )
        )
