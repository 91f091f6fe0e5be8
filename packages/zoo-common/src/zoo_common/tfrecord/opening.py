"""Opening records of images or of people, with the annotations of their images or without."""

from pathlib import Path
from typing import List, Optional

from zoo_common.coco.annotations import read_content, require_valid
from zoo_common.errors import ZooError
from zoo_common.files import PathLike
from zoo_common.tfrecord.dataset import RecordDataset
from zoo_common.tfrecord.example_decoding import decode_example
from zoo_common.tfrecord.find import STEM, find_records, people_by_name
from zoo_common.tfrecord.framing import read_records
from zoo_common.tfrecord.index import RecordIndex
from zoo_common.tfrecord.person_dataset import PersonRecordDataset
from zoo_common.tfrecord.person_index import PersonRecords
from zoo_common.tfrecord.person_record import IMAGE_ID

_NAMED = 10


def open_records(
    path: PathLike,
    annotations: PathLike,
    kind: str = "instances",
    stem: str = STEM,
    root: Optional[PathLike] = None,
    skip_corrupt: bool = False,
    allow_missing: bool = False,
) -> RecordDataset:
    """Open records of images or of people with the annotations of their images. Every record is read and checked once.

    An image in which nobody is evaluated is missing from records of images only, see `PersonRecordDataset`.

    Args:
        path, stem: as `find_records` takes them.
        annotations: the annotation file.
        kind: ``person_keypoints`` or ``instances``.
        root: the COCO tree these images belong to (default: the one the annotation file lies in).
        skip_corrupt: go on without damaged records; ``index.corrupt`` names them.
        allow_missing: take annotated images that have no record; reading one fails.

    Raises:
        ZooError: no such records or annotations, a damaged record, a record of an image that is not annotated, or
            (unless ``allow_missing``) an annotated image without a record.
    """
    file = Path(annotations)
    content = read_content(file)
    require_valid(content, kind, file)
    files = find_records(path, stem)
    index = _people(path, files, skip_corrupt) if _hold_people(files) else RecordIndex(files, skip_corrupt)
    opened = PersonRecordDataset if isinstance(index, PersonRecords) else RecordDataset
    tree = file.parent.parent if file.parent.name == "annotations" else file.parent
    dataset = opened(Path(path), index, tree if root is None else Path(root), kind, file, content)
    known = {image.id for image in dataset.images}
    for image_id, place in index.places.items():
        if image_id not in known:
            raise ZooError("{}: image {} is not among the images of {}".format(place, image_id, file))
    missing = dataset.missing()
    if missing and not allow_missing:
        first = ", ".join(map(str, missing[:_NAMED])) + (", ..." if len(missing) > _NAMED else "")
        message = (
            "{}: no records of {} of the {} images of {}: {} (--skip-missing goes on without them and counts them{})"
        )
        raise ZooError(message.format(path, len(missing), len(dataset), file, first, dataset.why_missing()))
    return dataset


def open_people(path: PathLike, skip_corrupt: bool = False) -> PersonRecords:
    """Open records of people, of which a folder must hold as many as its files' names say.

    Args:
        path: as `find_records` takes it.
        skip_corrupt: go on without damaged records; ``corrupt`` names them.

    Raises:
        ZooError: no such records, a damaged record, or a shard is missing.
    """
    return _people(path, find_records(path), skip_corrupt)


def _people(path: PathLike, files: List[Path], skip_corrupt: bool) -> PersonRecords:
    found = PersonRecords(files, skip_corrupt)
    stated = people_by_name(files[0]) if Path(path).is_dir() else None
    if stated is not None and len(found) != stated and not found.corrupt:
        message = "{}: holds {} people in {} files, and their names say {}: a shard is missing (a pattern takes any)"
        raise ZooError(message.format(path, len(found), len(files), stated))
    return found


def _hold_people(files: List[Path]) -> bool:
    """Tell whether the first record whose checksums are right is a person's."""
    for file in files:
        for offset, payload in read_records(file, []):
            return IMAGE_ID in decode_example(payload, (IMAGE_ID,), "{}: offset {}".format(file, offset))
    return False
