"""The files of a record set: whole or absent, the same bytes however often writing them was interrupted."""

import contextlib
import glob
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, Iterator, NamedTuple, Sequence

from tqdm import tqdm

from zoo_common.coco.dataset import CocoDataset, ImageInfo
from zoo_common.errors import ZooError
from zoo_common.files import atomic_open, canonical_json, read_json, sha256_file, sha256_text, write_json
from zoo_common.locks import held
from zoo_common.runs.manifest import differences
from zoo_common.tfrecord.framing import write_record


class Shard(NamedTuple):
    """One file of a set.

    Attributes:
        name: the file's name.
        count: how many records it holds.
        payloads: makes them, in order.
        holds: tells whether a file holds them; may raise `ZooError`, which means no.
    """

    name: str
    count: int
    payloads: Callable[[], Iterable[bytes]]
    holds: Callable[[Path], bool]


class RecordSet(NamedTuple):
    """What tells the files of a set from others in their folder.

    Attributes:
        folder: where they lie.
        stem: how their names begin.
        pattern: what follows in their names, as a glob pattern.
        about: what they were made from, as JSON; kept in ``STEM.records.json``.
    """

    folder: Path
    stem: str
    pattern: str
    about: Dict[str, Any]


def origin(dataset: CocoDataset, images: Sequence[ImageInfo]) -> Dict[str, Any]:
    """Return what a set's ``about`` says of the tree it was made from, and of the images in the order written."""
    return {
        "annotation_file": dataset.annotation_file.name,
        "annotations_sha256": sha256_file(dataset.annotation_file),
        "images": len(images),
        "image_ids_sha256": sha256_text(canonical_json([image.id for image in images])),
    }


def write_shards(records: RecordSet, shards: Sequence[Shard], unit: str, progress: bool = True) -> int:
    """Write the shards that are not there yet, whole and of the same content; return how many were.

    Args:
        unit: what the progress bar calls a record.
        progress: show it.

    Raises:
        ZooError: the folder holds records of something else under this stem, is in use, or cannot be written.
    """
    found, total = 0, sum(shard.count for shard in shards)
    with _claimed(records), tqdm(total=total, unit=unit, desc=records.stem, disable=None if progress else True) as bar:
        for shard in shards:
            file = records.folder / shard.name
            if _is_whole(file, shard):
                found += 1
                bar.update(shard.count)
                continue
            with atomic_open(file, "wb") as stream:
                for payload in shard.payloads():
                    write_record(stream, payload)
                    bar.update()
    return found


@contextlib.contextmanager
def _claimed(records: RecordSet) -> Iterator[None]:
    """Hold the folder's records of a stem for one process; they are new, or ours."""
    folder, stem = records.folder, records.stem
    busy = "{}: another process is writing {} records here".format(folder, stem)
    with held(folder / ".{}.lock".format(stem), busy):
        _adopt(records)
        yield


def _adopt(records: RecordSet) -> None:
    folder, stem, pattern, about = records
    file = folder / "{}.records.json".format(stem)
    if file.exists():
        found = read_json(file)
        unlike = differences(found, about) if isinstance(found, dict) else ["not a dictionary"]
        if unlike:
            raise ZooError(
                "{}: of other records; choose another folder or stem: {}".format(file, "; ".join(unlike[:5]))
            )
        return
    if any(folder.glob(glob.escape(stem) + pattern)):
        raise ZooError("{}: holds {} records, but no {}; choose another folder or stem".format(folder, stem, file.name))
    write_json(file, about)


def _is_whole(file: Path, shard: Shard) -> bool:
    try:
        return file.exists() and shard.holds(file)
    except ZooError:
        return False
