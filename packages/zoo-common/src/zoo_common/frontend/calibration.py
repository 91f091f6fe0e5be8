"""Which crops a quantizer sees: from the train split where there is one, exactly as many as asked, and said so."""

import argparse
import logging
from typing import Callable, Iterator, List, Optional, Union

import numpy as np

from zoo_common.coco import CocoDataset, open_coco
from zoo_common.console import positive
from zoo_common.errors import ZooError
from zoo_common.files import canonical_json, sha256_text
from zoo_common.runs.manifest import Calibration
from zoo_common.tasks import Sample, Task
from zoo_common.tasks.base import Inputs

LOG = logging.getLogger(__name__)
EVALUATED = "evaluated"
ORDERS = ("spread", "first")


def add_calibration_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--calibration-split``, ``--calibration-samples`` and ``--calibration-order``."""
    group = parser.add_argument_group("calibration")
    group.add_argument(
        "--calibration-split",
        metavar="SPLIT",
        help="default: the train split beside the evaluated one; `evaluated`: the evaluated images themselves",
    )
    group.add_argument("--calibration-samples", type=positive, metavar="N", help="default: the card's, if there are")
    group.add_argument(
        "--calibration-order",
        choices=ORDERS,
        default="spread",
        help="samples spread evenly over the split (default), or the first ones",
    )


class CalibrationSet:
    """Calibration inputs for a task, chosen from a split, prepared exactly as for evaluation.

    Args:
        task: its crop and normalisation apply.
        evaluated: the dataset under evaluation, to find overlap with.
        source: the dataset calibration images come from, or what opens it once it is needed.
        samples: how many samples (person crops, or images of an image task).
        order: ``spread`` evenly over the split, or the ``first`` ones.
        exactly: whether a split that holds fewer samples is refused; else all of it is taken, and a warning says so.
    """

    def __init__(
        self,
        task: Task,
        evaluated: CocoDataset,
        source: Union[CocoDataset, Callable[[], CocoDataset]],
        samples: int,
        order: str = "spread",
        exactly: bool = True,
    ) -> None:
        self.task = task
        self._source = source
        self._asked = samples
        self._order = order
        self._exactly = exactly
        self._evaluated = {image.id for image in evaluated.images}
        self._chosen: Optional[List[Sample]] = None

    @property
    def source(self) -> CocoDataset:
        """The dataset calibration images come from."""
        if not isinstance(self._source, CocoDataset):
            self._source = self._source()
        return self._source

    @property
    def used(self) -> bool:
        """Whether a quantizer has asked for the samples."""
        return self._chosen is not None

    def chosen(self) -> List[Sample]:
        """Return the samples, in the split's order.

        Raises:
            ZooError: the split holds fewer than asked, or none at all.
        """
        if self._chosen is None:
            everything = self.task.for_calibration().samples(self.source)
            count = min(self._asked, len(everything))
            if count < self._asked:
                self._too_few(count)
            step = len(everything) if self._order == "spread" else count
            index = np.arange(count) * step // count
            self._chosen = [everything[i] for i in index]
            seen = self.record().evaluated_images_seen
            if seen:
                LOG.warning("calibration uses %d of the evaluated images: the quantized result is flattered", seen)
        return self._chosen

    def _too_few(self, there: int) -> None:
        text = "calibration asks for {} samples, {} holds {}: ".format(self._asked, self.source.annotation_file, there)
        if self._exactly or not there:
            raise ZooError(text + "give --calibration-samples {} or fewer".format(there))
        LOG.warning(text + "all of them are used")

    def batches(self, batch_size: int) -> Iterator[Inputs]:
        """Yield batches as the task's `inputs` gives them, of ``batch_size`` samples; the last may be smaller."""
        chosen = self.chosen()
        for start in range(0, len(chosen), batch_size):
            part = chosen[start : start + batch_size]
            batch = self.task.inputs(part)
            for row, sample in zip(batch, part):
                self.task.preprocess(self.source.read(sample.image), sample, row)
            yield batch

    def record(self) -> Calibration:
        """Return what the manifest says of this calibration."""
        ids = sorted({sample.image.id for sample in self.chosen()})
        return Calibration(
            split=self.source.split,
            images=len(ids),
            samples=len(self.chosen()),
            image_ids_sha256=sha256_text(canonical_json(ids)),
            evaluated_images_seen=len(self._evaluated.intersection(ids)),
        )


def calibration_source(evaluated: CocoDataset, split: Optional[str]) -> CocoDataset:
    """Return the split to calibrate on: the one asked for, else the train sibling, else the evaluated images.

    ``evaluated`` asks for the evaluated images themselves.

    Raises:
        ZooError: the split asked for does not exist.
    """
    if split == EVALUATED:
        return evaluated
    if split is not None:
        return open_coco(evaluated.root, split=split, kind=evaluated.kind)
    sibling = evaluated.split.replace("val", "train")
    if sibling != evaluated.split:
        try:
            return open_coco(evaluated.root, split=sibling, kind=evaluated.kind)
        except ZooError as error:
            LOG.info("no %s split to calibrate on: %s", sibling, error)
    return evaluated
