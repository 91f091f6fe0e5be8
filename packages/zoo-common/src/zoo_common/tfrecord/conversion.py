"""COCO trees to TFRecords of an image each, under the keys of the TensorFlow Object Detection API."""

from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Sequence

from zoo_common.coco.dataset import CocoDataset, ImageInfo
from zoo_common.errors import ZooError
from zoo_common.files import PathLike
from zoo_common.tfrecord.example_encoding import encode_example
from zoo_common.tfrecord.find import STEM, shard_name
from zoo_common.tfrecord.image_record import image_features, split_objects
from zoo_common.tfrecord.index import RecordIndex
from zoo_common.tfrecord.sharding import RecordSet, Shard, origin, write_shards

SHARDS, MOST_SHARDS = 10, 99999
VERSION = 1


class Conversion(NamedTuple):
    """What `convert` wrote: its files, how many of them were there before, and counts."""

    files: List[Path]
    found: int
    images: int
    objects: int
    objects_dropped: int


def convert(
    dataset: CocoDataset,
    out_dir: PathLike,
    stem: str = STEM,
    shards: int = SHARDS,
    include_masks: bool = False,
    progress: bool = True,
) -> Conversion:
    """Write ``STEM.record-KKKKK-of-NNNNN`` files: image number i of the annotation file goes to shard i mod N.

    Beside them, ``STEM.records.json`` says what they were made from. Objects without area or past the image's edge are
    left out and counted. A shard that is there already, whole and of the same images, is left as it is.

    Args:
        dataset: photographs in files.
        out_dir: the folder, made where it does not exist.
        stem: how the files' names begin.
        shards: how many files.
        include_masks: also write each object's mask, as PNG.
        progress: show a bar.

    Raises:
        ZooError: a photograph or an annotation is unusable, or the folder holds records of something else under this
            stem, is in use, or cannot be written.
    """
    if not 1 <= shards <= MOST_SHARDS:
        raise ZooError("shards: {} is not between 1 and {}".format(shards, MOST_SHARDS))
    if not stem or Path(stem).name != stem:
        raise ZooError("stem: '{}' is not the beginning of a file name".format(stem))
    known = {image.id: image for image in dataset.images}
    images = [known[entry["id"]] for entry in dataset.content["images"] if entry["id"] in known]
    about = _about(dataset, images, shards, include_masks)
    folder = Path(out_dir)

    def shard(number: int) -> Shard:
        mine = images[number::shards]

        def payloads() -> Iterator[bytes]:
            return (encode_example(image_features(dataset, image, include_masks)) for image in mine)

        return Shard(shard_name(stem, number, shards), len(mine), payloads, lambda file: _holds(file, mine))

    todo = [shard(number) for number in range(shards)]
    found = write_shards(RecordSet(folder, stem, ".record-*", about), todo, "img", progress)
    files = [folder / shard.name for shard in todo]
    return Conversion(files, found, len(images), about["objects"], about["objects_dropped"])


def _about(dataset: CocoDataset, images: Sequence[ImageInfo], shards: int, include_masks: bool) -> Dict[str, Any]:
    split = [split_objects(dataset, image) for image in images]
    return dict(
        origin(dataset, images),
        version=VERSION,
        objects=sum(len(kept) for kept, _ in split),
        objects_dropped=sum(dropped for _, dropped in split),
        shards=shards,
        include_masks=include_masks,
    )


def _holds(file: Path, images: Sequence[ImageInfo]) -> bool:
    return list(RecordIndex([file]).places) == [image.id for image in images]
