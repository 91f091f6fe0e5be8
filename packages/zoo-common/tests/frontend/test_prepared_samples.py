"""A few samples spread over a dataset; unreadable images are left out."""

import numpy as np

from zoo_common.coco import open_coco
from zoo_common.frontend.prepared import evenly, prepared


def test_spread_evenly():
    assert evenly(range(10), 4) == [0, 2, 5, 7]
    assert evenly(range(3), 8) == [0, 1, 2]
    assert evenly([], 3) == []


def test_rows_are_those_of_the_evaluation(coco_tree, small_task):
    dataset = open_coco(coco_tree)
    samples = small_task.samples(dataset)
    batches = prepared(small_task, dataset, samples[:5], 2)
    assert [len(batch) for batch in batches] == [2, 2, 1]
    room = small_task.inputs(samples[4:5])
    small_task.preprocess(dataset.read(samples[4].image), samples[4], room[0])
    np.testing.assert_array_equal(batches[2], room)
    dataset.image_path(samples[0].image).unlink()
    same = sum(sample.image.id == samples[0].image.id for sample in samples[:5])
    assert sum(map(len, prepared(small_task, dataset, samples[:5], 2))) == 5 - same
