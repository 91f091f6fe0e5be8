"""From parts to the finished files of a run, streaming: memory does not grow with the number of images."""

import itertools
import json
import shutil
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Tuple

from zoo_common.coco.annotations import is_id
from zoo_common.errors import ZooError
from zoo_common.files import atomic_open, canonical_json, write_json
from zoo_common.runs.directory import MANIFEST, PARTS, PREDICTIONS, RESULTS, RunDirectory
from zoo_common.runs.manifest import Counts, FailedImage, Manifest
from zoo_common.schema import parse
from zoo_common.tasks import Task


def read_lines(path: Path) -> Iterator[Tuple[str, Dict[str, Any]]]:
    """Yield every line of a predictions file with its record.

    Raises:
        ZooError: the file is absent or a line is not a record; the message names file and line.
    """
    try:
        with open(str(path), encoding="utf-8") as stream:
            for number, line in enumerate(stream, 1):
                try:
                    record = json.loads(line)
                except (ValueError, RecursionError):
                    record = None
                if not _is_record(record):
                    raise ZooError("{}: line {} is not a prediction record".format(path, number))
                yield line, record
    except OSError as error:
        raise ZooError("cannot read {}: {}".format(path, error.strerror or error)) from error
    except UnicodeDecodeError as error:
        raise ZooError("{}: not UTF-8 text ({})".format(path, error.reason)) from None


def _is_record(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("failed", ""), str):
        return False
    return is_id(value.get("sample")) and is_id(value.get("image_id"))


def finish(run: RunDirectory, task: Task, lines: Iterable[Tuple[str, Dict[str, Any]]]) -> Manifest:
    """Write the predictions, the COCO results (unless this is a shard) and the completed manifest, in that order."""
    tally = _Tally(run.manifest)
    with atomic_open(run.path / PREDICTIONS) as stream:
        for line, record in lines:
            stream.write(line)
            tally.add(record)
    if run.manifest.shard is None:
        _write_results(run.path, task)
    run.manifest = run.manifest.model_copy(
        update={"complete": True, "counts": tally.counts(), "failed": tally.failed_images()}
    )
    write_json(run.path / MANIFEST, run.manifest.to_json())
    shutil.rmtree(str(run.path / PARTS), ignore_errors=True)
    return run.manifest


def part_lines(run: RunDirectory, numbers: Iterable[int]) -> Iterator[Tuple[str, Dict[str, Any]]]:
    """Yield the lines of the parts in order."""
    for number in numbers:
        yield from read_lines(run.part(number))


def _write_results(path: Path, task: Task) -> None:
    with atomic_open(path / RESULTS) as stream:
        stream.write("[")
        separator = "\n"
        lines = (record for _, record in read_lines(path / PREDICTIONS))
        for image_id, group in itertools.groupby(lines, key=lambda record: record["image_id"]):
            good = [record for record in group if "failed" not in record]
            for text in _entries(path, task, image_id, good):
                stream.write(separator + text)
                separator = ",\n"
        stream.write("\n]\n")


def _entries(path: Path, task: Task, image_id: int, records: List[Dict[str, Any]]) -> List[str]:
    try:
        return [canonical_json(entry) for entry in task.results(image_id, records)]
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        what = "'{}'".format(error.args[0]) if isinstance(error, KeyError) else error
        message = "{}: image {}: its records are not those of the task {}: {}"
        raise ZooError(message.format(path / PREDICTIONS, image_id, task.name, what)) from None


class _Tally:
    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest
        self._samples = self._failed_samples = 0
        self._failed: Dict[int, str] = {}

    def add(self, record: Dict[str, Any]) -> None:
        self._samples += 1
        if "failed" in record:
            self._failed_samples += 1
            self._failed[record["image_id"]] = record["failed"]

    def failed_images(self) -> Tuple[FailedImage, ...]:
        return tuple(FailedImage(image_id=key, reason=reason) for key, reason in sorted(self._failed.items()))

    def counts(self) -> Counts:
        images = {}
        if self._manifest.shard is None:
            asked, failed = self._manifest.dataset.images, len(self._failed)
            images = {"images": asked, "images_evaluated": asked - failed, "images_failed": failed}
        samples = {
            "samples": self._samples,
            "samples_evaluated": self._samples - self._failed_samples,
            "samples_failed": self._failed_samples,
        }
        return parse(Counts, dict(samples, **images), "counts")
