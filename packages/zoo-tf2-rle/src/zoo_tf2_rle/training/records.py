"""The people of a training, and those held back, out of person records."""

import hashlib
from typing import Optional

import numpy as np

from zoo_common.coco import CocoDataset
from zoo_common.crops import centre_scale
from zoo_common.errors import ZooError
from zoo_common.tasks.topdown_regression import TopDownRegression
from zoo_common.tfrecord import PersonRecords, open_people, open_records
from zoo_tf2_rle.training.config import Config, Records
from zoo_tf2_rle.training.people import People, PictureCache, split_keypoints

BOTH_ENDS = np.array([0, 0, 1, 1], np.float32)
"""A record's sides count the pixels of both ends, those of the evaluation's boxes do not."""


def people_of_records(where: Records, task: TopDownRegression, cache_mb: float) -> People:
    """Return everyone in the records of DATASET.TRAIN, in their order.

    Raises:
        ZooError: no records, damaged ones, or another number of people than EXAMPLES.
    """
    if where.PATTERN is None:
        raise ZooError("DATASET.TRAIN.PATTERN: missing; name records there or a COCO tree with --data")
    records = open_people(where.PATTERN)
    _check_count("TRAIN", where, len(records))
    height, width = task.options.input_size
    crops = [centre_scale(box, width / height) for box in records.boxes - BOTH_ENDS]
    joints, labelled = split_keypoints(records.keypoints.reshape(len(records), -1))
    content = hashlib.sha256()
    for part in (records.image_ids, records.boxes, records.keypoints):
        content.update(np.ascontiguousarray(part).tobytes())
    ids = records.image_ids
    pictures = PictureCache(records.read, cache_mb)
    return People(
        np.stack([centre for centre, _ in crops]),
        np.stack([scale for _, scale in crops]),
        joints,
        labelled,
        lambda number: pictures(int(ids[number])),
        content.hexdigest(),
    )


def held_back_records(config: Config) -> Optional[CocoDataset]:
    """Return the people of DATASET.VAL with the annotations EVAL.COCO_JSON; None where no evaluation is wanted.

    Raises:
        ZooError: one of the two is not given, or no good, or there is another number of people than EXAMPLES.
    """
    if not config.EVAL.DO_EVAL:
        return None
    pattern, annotations = config.DATASET.VAL.PATTERN, config.EVAL.COCO_JSON
    for name, value in (("DATASET.VAL.PATTERN", pattern), ("EVAL.COCO_JSON", annotations)):
        if value is None:
            raise ZooError("{}: missing; EVAL.DO_EVAL: true evaluates on it".format(name))
    dataset = open_records(str(pattern), str(annotations), "person_keypoints", allow_missing=True)
    if isinstance(dataset.index, PersonRecords):
        _check_count("VAL", config.DATASET.VAL, len(dataset.index))
    return dataset


def _check_count(split: str, where: Records, found: int) -> None:
    if where.EXAMPLES is not None and found != where.EXAMPLES:
        message = "DATASET.{}.EXAMPLES: {}, but {} holds {} people"
        raise ZooError(message.format(split, where.EXAMPLES, where.PATTERN, found))
