"""Finding the files of a record set, however many there are.

``coco_val.record-00003-of-00010`` holds records of images, ``val_6340_0003.tfrecord`` records of 6,340 people in all.
"""

import fnmatch
import glob
import re
from pathlib import Path
from typing import Dict, Iterable, List, NamedTuple, Optional, Set, Union

from zoo_common.errors import ZooError
from zoo_common.files import PathLike

STEM = "coco_val"
_SHARD = re.compile(r"(?P<stem>.+)\.record-(?P<number>\d{5})-of-(?P<count>\d{5})(?P<suffix>(\.tfrecord)?)")
_PERSON_SHARD = re.compile(r"(?P<stem>.+)_(?P<people>\d+)_(?P<number>\d{4})\.tfrecord")
_NAMED = 10


class _Images(NamedTuple):
    stem: str
    count: int
    suffix: str

    def names(self, found: Set[str]) -> List[str]:
        return [shard_name(self.stem, number, self.count) + self.suffix for number in range(self.count)]

    def __str__(self) -> str:
        return "{}.record-*-of-{:05d}{}".format(*self)


class _People(NamedTuple):
    stem: str
    people: int

    def names(self, found: Set[str]) -> List[str]:
        """Up to the highest number found, from 0 or 1: the names do not tell how many files there are."""
        numbers = [int(name[-len("0000.tfrecord") : -len(".tfrecord")]) for name in found]
        return [person_shard_name(*self, number) for number in range(min([1] + numbers), max(numbers) + 1)]

    def __str__(self) -> str:
        return "{}_{}_*.tfrecord".format(*self)


_Set = Union[_Images, _People]


def shard_name(stem: str, number: int, count: int) -> str:
    """Return the name of a shard of images; ``number`` counts from 0."""
    return "{}.record-{:05d}-of-{:05d}".format(stem, number, count)


def person_shard_name(stem: str, people: int, number: int) -> str:
    """Return the name of a shard of people; ``people`` are those of the whole set, ``number`` counts from 0."""
    return "{}_{}_{:04d}.tfrecord".format(stem, people, number)


def people_by_name(file: Path) -> Optional[int]:
    """Return how many people the set of a file holds, as far as its name says so."""
    match = _PERSON_SHARD.fullmatch(file.name)
    return int(match.group("people")) if match else None


def find_records(path: PathLike, stem: str = STEM) -> List[Path]:
    """Return the files of one record set, sorted.

    Args:
        path: a folder, of whose files those of ``stem`` count, in any number of shards and with or without
            ``.tfrecord`` behind, or else those of people; or a pattern of files (.json files aside, which may describe
            the set); or one file.
        stem: the name of the set of images in a folder.

    Raises:
        ZooError: nothing is found, several sets are, or a shard of the set is missing; the message names them.
    """
    base = Path(path)
    if base.is_file():
        return [base]
    folder, pattern = (base, "*") if base.is_dir() else (base.parent, base.name)
    files = [file for file in _matching(folder, pattern) if file.is_file() and file.suffix != ".json"]
    sets = _sets(files)
    if base.is_dir():
        others = sorted(map(str, sets))
        images = {key: found for key, found in sets.items() if isinstance(key, _Images) and key.stem == stem}
        sets = images or {key: found for key, found in sets.items() if isinstance(key, _People)}
        files = [file for file in files if any(file.name in found for found in sets.values())]
        if not files:
            others += sorted("{}/{}".format(inner.name, key) for inner in base.iterdir() for key in _people_in(inner))
            there = "; there: {} (give one as a pattern)".format(", ".join(others)) if others else ""
            raise ZooError("{}: no records of people, and no {}.record-*-of-NNNNN{}".format(path, stem, there))
    elif not files:
        raise ZooError("{}: no such file, folder or pattern of files".format(path))
    if len(sets) > 1:
        raise ZooError("{}: several record sets, give one: {}".format(path, ", ".join(sorted(map(str, sets)))))
    for key, found in sets.items():
        _refuse_missing(path, key, found, pattern)
    return sorted(files)


def _sets(files: Iterable[Path]) -> Dict[_Set, Set[str]]:
    """Return the sets that files belong to by their names, and of each the names; other files belong to none."""
    sets: Dict[_Set, Set[str]] = {}
    for file in files:
        image, person = _SHARD.fullmatch(file.name), _PERSON_SHARD.fullmatch(file.name)
        if image:
            key: _Set = _Images(image.group("stem"), int(image.group("count")), image.group("suffix"))
        elif person:
            key = _People(person.group("stem"), int(person.group("people")))
        else:
            continue
        sets.setdefault(key, set()).add(file.name)
    return sets


def _people_in(folder: Path) -> Iterable[_Set]:
    return _sets(_matching(folder, "*_*_*.tfrecord")) if folder.is_dir() else ()


def _matching(folder: Path, pattern: str) -> List[Path]:
    if not folder.is_dir():  # the pattern may name folders too
        return [Path(name) for name in glob.iglob(str(folder / pattern))]  # noqa: PTH207
    shown = [file for file in folder.iterdir() if not file.name.startswith(".")]
    return [file for file in shown if fnmatch.fnmatchcase(file.name, pattern)]


def _refuse_missing(path: PathLike, key: _Set, found: Set[str], pattern: str) -> None:
    missing = [name for name in key.names(found) if name not in found and fnmatch.fnmatchcase(name, pattern)]
    if missing:
        more = " and {} more".format(len(missing) - _NAMED) if len(missing) > _NAMED else ""
        count = "{} shards are".format(key.count) if isinstance(key, _Images) else "the shards are"
        named = ", ".join(missing[:_NAMED])
        raise ZooError("{}: {} of {} missing: {}{}".format(path, len(missing), count, named, more))
