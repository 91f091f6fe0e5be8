"""The evaluation loop: reading overlaps the network, finished units are on disk, any stop can be resumed."""

import itertools
from typing import Any, Dict, Iterable, Iterator, List, Sequence, Tuple

import numpy as np
from tqdm import tqdm

from zoo_common.coco import CocoDataset
from zoo_common.errors import ZooError
from zoo_common.evaluation.loader import Batch, load
from zoo_common.evaluation.machine import machine
from zoo_common.evaluation.network import Network
from zoo_common.evaluation.stages import Stages
from zoo_common.files import PathLike
from zoo_common.runs.assemble import finish, part_lines
from zoo_common.runs.directory import RunDirectory
from zoo_common.runs.manifest import Manifest
from zoo_common.tasks import Sample, Task


def predict(
    task: Task,
    network: Network,
    dataset: CocoDataset,
    manifest: Manifest,
    out: PathLike,
    workers: int = 2,
    progress: bool = True,
) -> Manifest:
    """Predict every sample of ``dataset`` (of the manifest's shard of it) into the run directory ``out``.

    The samples are cut into units of ``manifest.batch_size`` before they are shared out, so a unit's batch is the
    same under any sharding and any resumption; so are its bytes.

    Args:
        dataset: already limited to the images asked for.
        workers: threads that read and crop.

    Returns:
        The completed manifest. A run that is already complete is left as it is.

    Raises:
        ZooError: an image fails (unless ``manifest.skip_missing``), or ``out`` holds another run, or is in use.
    """
    samples = task.samples(dataset)
    size = manifest.batch_size
    total = -(-len(samples) // size)
    shard = manifest.shard
    mine = list(range(total)) if shard is None else list(range(shard.index - 1, total, shard.count))
    with RunDirectory(out, manifest) as run:
        if run.complete:
            return run.manifest
        todo = run.missing(mine)
        units = ((number, samples[number * size : (number + 1) * size]) for number in todo)
        stages = Stages()
        images, done, last = 0, 0, -1
        asked = _image_count(s for n in todo for s in samples[n * size : (n + 1) * size])
        with tqdm(total=asked, unit="img", desc=_title(manifest), disable=None if progress else True) as bar:
            for batch in load(task, dataset, units, stages, workers, skip_failed=manifest.skip_missing):
                records = _records(
                    task, network, batch, samples[batch.number * size : (batch.number + 1) * size], stages
                )
                run.write_part(batch.number, records)
                fresh = len({record["image_id"] for record in records} - {last})
                images, done, last = images + fresh, done + len(batch.samples), records[-1]["image_id"]
                bar.update(fresh)
        resumed = len(mine) - len(todo)
        run.write_measurements(
            dict(stages.summary(images, done), machine=machine(), workers=workers, units_resumed=resumed)
        )
        return finish(run, task, part_lines(run, mine))


def _image_count(samples: Iterable[Sample]) -> int:
    return sum(1 for _ in itertools.groupby(samples, key=lambda sample: sample.image.id))


def _title(manifest: Manifest) -> str:
    return "{} {}".format(manifest.model.name, manifest.precision)


def _records(
    task: Task, network: Network, batch: Batch, asked: Sequence[Sample], stages: Stages
) -> List[Dict[str, Any]]:
    decoded: Iterator[Dict[str, Any]] = iter(())
    if batch.samples:
        with stages.wall("forward"):
            outputs = task.infer(network, batch.inputs)
        with stages.wall("postprocess"):
            decoded = iter(task.postprocess(outputs, batch.samples))
    records = []
    for sample in asked:
        head: Dict[str, Any] = {"sample": sample.index, "image_id": sample.image.id}
        if sample.annotation_id is not None:
            head["annotation_id"] = sample.annotation_id
        if sample.image.id in batch.failed:
            records.append(dict(head, failed=batch.failed[sample.image.id]))
            continue
        record = dict(head, **next(decoded))
        if not all(np.isfinite(record.get("keypoints", ()))):
            raise ZooError("image {}: the network returned numbers that are not finite".format(sample.image.file_name))
        records.append(record)
    return records


def parse_shard(text: str) -> Tuple[int, int]:
    """Parse ``K/N`` with 1 ≤ K ≤ N.

    Raises:
        ZooError: it is not of that form.
    """
    parts = text.split("/")
    if len(parts) == 2 and all(part.isdigit() for part in parts):
        index, count = int(parts[0]), int(parts[1])
        if 1 <= index <= count:
            return index, count
    raise ZooError("--shard: '{}' is not K/N with 1 <= K <= N".format(text))
