"""Average precision on a few calibration images, as often as asked: all that a search may look at."""

from typing import Callable, List

import numpy as np

from zoo_common.coco import read_image
from zoo_common.errors import ZooError
from zoo_common.frontend import CalibrationSet
from zoo_common.metrics import score
from zoo_common.paf import PafMaps

Maps = Callable[[np.ndarray], PafMaps]


class CalibrationImages:
    """A few of a calibration set's images, spread evenly over it, prepared once.

    Args:
        calibration: where they come from.
        count: how many; fewer if it has fewer.

    Attributes:
        inputs: float32 [1, H, W, 3] each.

    Raises:
        ZooError: an image cannot be read.
    """

    def __init__(self, calibration: CalibrationSet, count: int) -> None:
        self.task, self.dataset = calibration.task, calibration.source
        everything = calibration.chosen()
        count = min(count, len(everything))
        self.samples = [everything[number * len(everything) // count] for number in range(count)]
        self.inputs: List[np.ndarray] = []
        for sample in self.samples:
            (room,) = self.task.inputs([sample])
            self.task.preprocess(read_image(self.dataset.image_path(sample.image)), sample, room)
            self.inputs.append(np.ascontiguousarray(room.transpose(1, 2, 0))[None])

    def average_precision(self, maps: Maps) -> float:
        """Return COCO's AP of a network on these images; 0 where nothing is there to be found."""
        results = []
        for sample, image in zip(self.samples, self.inputs):
            heatmaps, pafs = maps(image)
            records = self.task.postprocess([PafMaps(heatmaps[0], pafs[0])], [sample])
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
