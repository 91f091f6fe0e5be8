"""A few samples, spread evenly, made ready for a network once."""

from typing import List, Sequence, TypeVar

from zoo_common.coco import CocoDataset
from zoo_common.errors import ZooError
from zoo_common.tasks import Sample, Task
from zoo_common.tasks.base import Inputs

Item = TypeVar("Item")


def evenly(everything: Sequence[Item], count: int) -> List[Item]:
    """Return ``count`` items spread evenly, in order; all of them if there are fewer."""
    count = min(count, len(everything))
    return [everything[number * len(everything) // count] for number in range(count)]


def prepared(task: Task, dataset: CocoDataset, samples: Sequence[Sample], batch_size: int) -> List[Inputs]:
    """Return batches of samples as the task's `inputs` gives them; those whose image cannot be read are left out."""
    batches = []
    for start in range(0, len(samples), batch_size):
        readable = []
        for sample in samples[start : start + batch_size]:
            try:
                readable.append((dataset.read(sample.image), sample))
            except ZooError:  # the evaluation itself says what is wrong with an image
                continue
        if readable:
            inputs = task.inputs([sample for _, sample in readable])
            for (image, sample), row in zip(readable, inputs):
                task.preprocess(image, sample, row)
            batches.append(inputs)
    return batches
