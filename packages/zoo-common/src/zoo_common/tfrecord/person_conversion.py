"""COCO trees to TFRecords of a person each, under the keys and file names of RLE's TensorFlow rewrite."""

import itertools
from pathlib import Path
from typing import Iterator, List, NamedTuple, Sequence

import numpy as np

from zoo_common.coco.dataset import CocoDataset
from zoo_common.errors import ZooError
from zoo_common.files import PathLike
from zoo_common.tfrecord.example_encoding import encode_example
from zoo_common.tfrecord.find import person_shard_name
from zoo_common.tfrecord.image_record import read_storable
from zoo_common.tfrecord.kept_people import Person, kept_people
from zoo_common.tfrecord.person_index import PersonRecords
from zoo_common.tfrecord.person_record import person_features
from zoo_common.tfrecord.sharding import RecordSet, Shard, origin, write_shards

PERSONS_PER_SHARD, MOST_SHARDS = 1024, 9999
VERSION = 1


class PersonConversion(NamedTuple):
    """What `convert_people` wrote: its files, how many of them were there before, and counts.

    ``left_out`` counts the annotations that are no record.
    """

    files: List[Path]
    found: int
    people: int
    images: int
    left_out: int


def convert_people(
    dataset: CocoDataset,
    out_dir: PathLike,
    stem: str,
    persons_per_shard: int = PERSONS_PER_SHARD,
    dedup: bool = False,
    keep: str = "rewrite",
    progress: bool = True,
) -> PersonConversion:
    """Write ``STEM_N_KKKK.tfrecord`` files, N people in all, by ascending image id.

    Beside them, ``STEM.records.json`` says what they were made from. A shard that is there already, whole and of the
    same people, is left as it is.

    Args:
        dataset: photographs in files, with keypoints.
        out_dir: the folder, made where it does not exist.
        stem: how the files' names begin.
        persons_per_shard: how many people a file holds, the last one fewer.
        dedup: write an image's bytes once, with the first of its people; the others' are empty. A shard then ends
            before an image that would make it longer than ``persons_per_shard``, so that no image is in two.
        keep: the rule that says who is a record, one of `kept_people.RULES`.
        progress: show a bar.

    Raises:
        ZooError: a photograph is unusable, nobody is kept, or the folder holds records of something else under this
            stem, is in use, or cannot be written.
    """
    if persons_per_shard < 1:
        raise ZooError("persons per shard: {} is less than 1".format(persons_per_shard))
    people = kept_people(dataset, keep)
    if not people:
        raise ZooError("{}: {} keeps nobody of its {} images".format(dataset.annotation_file, keep, len(dataset)))
    parts = _cut(people, persons_per_shard, dedup)
    if len(parts) > MOST_SHARDS:
        message = "persons per shard: {} makes {} files of {} people, more than {}"
        raise ZooError(message.format(persons_per_shard, len(parts), len(people), MOST_SHARDS))
    images = [next(group).image for _, group in _by_image(people)]
    about = dict(origin(dataset, images), version=VERSION, people=len(people), shards=len(parts))
    about.update(persons_per_shard=persons_per_shard, dedup=dedup, keep=keep)
    shards = [
        Shard(
            person_shard_name(stem, len(people), number),
            len(part),
            lambda part=part: _payloads(dataset, part, dedup),
            lambda file, part=part: _holds(file, part),
        )
        for number, part in enumerate(parts)
    ]
    folder = Path(out_dir)
    found = write_shards(RecordSet(folder, stem, "_*.tfrecord", about), shards, "person", progress)
    left_out = sum(len(dataset.annotations(image.id)) for image in dataset.images) - len(people)
    return PersonConversion([folder / shard.name for shard in shards], found, len(people), len(images), left_out)


def _by_image(people: Sequence[Person]) -> "itertools.groupby":
    return itertools.groupby(people, key=lambda person: person.image.id)


def _cut(people: Sequence[Person], size: int, dedup: bool) -> List[List[Person]]:
    if not dedup:
        return [list(people[start : start + size]) for start in range(0, len(people), size)]
    parts: List[List[Person]] = [[]]
    for _, group in _by_image(people):
        together = list(group)
        if parts[-1] and len(parts[-1]) + len(together) > size:
            parts.append([])
        parts[-1] += together
    return parts


def _payloads(dataset: CocoDataset, people: Sequence[Person], dedup: bool) -> Iterator[bytes]:
    for _, group in _by_image(people):
        encoded = b""
        for position, person in enumerate(group):
            if position == 0:
                encoded, _ = read_storable(dataset, person.image)
            yield encode_example(person_features(person, b"" if dedup and position else encoded))


def _holds(file: Path, people: Sequence[Person]) -> bool:
    found = PersonRecords([file])
    boxes = np.array([person.box for person in people], np.float32)
    keypoints = np.array([person.keypoints for person in people], np.float32)
    same = found.image_ids.tolist() == [person.image.id for person in people]
    same = same and np.array_equal(found.boxes, boxes)
    return same and np.array_equal(found.keypoints.reshape(keypoints.shape), keypoints)
