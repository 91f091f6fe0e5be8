"""The AP of a network in the middle of its training: the common loop's steps, without a run directory."""

from typing import Any, Dict, Iterator, List, Tuple

import numpy as np

from zoo_common.coco import CocoDataset
from zoo_common.evaluation.loader import load
from zoo_common.evaluation.stages import Stages
from zoo_common.metrics import prepare, score_inputs
from zoo_common.tasks import Sample
from zoo_common.tasks.topdown_regression import Regressed, TopDownRegression
from zoo_common.tfrecord.dataset import RecordDataset
from zoo_tf2_rle.tensorflow2 import tf


class Validation:
    """People held back, on which AP is measured.

    Args:
        dataset: of them.
        task: the protocol, flip test included.
        batch_size: crops a call.
    """

    def __init__(self, dataset: CocoDataset, task: TopDownRegression, batch_size: int) -> None:
        self._dataset, self._task, self._size = dataset, task, batch_size

    def ap(self, network: tf.keras.Model) -> float:
        """Return AP at OKS 0.50 to 0.95; every person counts, those without a record as not found.

        Raises:
            ZooError: a picture cannot be read.
        """
        call = tf.function(lambda images: network(images, training=False))

        def forward(batch: np.ndarray) -> Regressed:
            found = call(tf.convert_to_tensor(np.ascontiguousarray(batch.transpose(0, 2, 3, 1))))
            return Regressed(*(part.numpy() for part in found))

        absent = set(self._dataset.missing()) if isinstance(self._dataset, RecordDataset) else set()
        samples = [sample for sample in self._task.samples(self._dataset) if sample.image.id not in absent]
        records: Dict[int, List[Any]] = {}
        for batch in load(self._task, self._dataset, self._units(samples), Stages()):
            outputs = self._task.infer(forward, batch.inputs)
            for sample, record in zip(batch.samples, self._task.postprocess(outputs, batch.samples)):
                records.setdefault(sample.image.id, []).append(record)
        results = [entry for key in sorted(records) for entry in self._task.results(key, records[key])]
        return float(score_inputs(prepare(self._dataset, results, "keypoints")).stats["AP"] or 0.0)

    def _units(self, samples: List[Sample]) -> Iterator[Tuple[int, List[Sample]]]:
        for number, start in enumerate(range(0, len(samples), self._size)):
            yield number, samples[start : start + self._size]
