"""Any N shards of a run, merged: byte for byte the run that one process would have written."""

import heapq
from typing import Any, Dict, Iterator, List, Sequence, Tuple

from zoo_common.errors import ZooError
from zoo_common.files import PathLike, read_json
from zoo_common.runs.assemble import finish, read_lines
from zoo_common.runs.directory import MEASUREMENTS, PREDICTIONS, RunDirectory, open_run
from zoo_common.runs.manifest import Manifest, differences
from zoo_common.tasks import task_from_protocol


def merge(shards: Sequence[PathLike], out: PathLike) -> Manifest:
    """Merge all shards of one run into the run directory ``out``.

    Raises:
        ZooError: a shard is missing, given twice, incomplete or of another run (the differing fields are listed).
    """
    runs = [open_run(path) for path in shards]
    _check(runs)
    manifest = runs[0].manifest.model_copy(update={"shard": None, "complete": False, "counts": None, "failed": ()})
    task = task_from_protocol(manifest.protocol, str(runs[0].path))
    with RunDirectory(out, manifest) as run:
        if not run.complete:
            run.write_measurements(_measurements(runs))
            finish(run, task, _interleave(runs))
        return run.manifest


def _check(runs: List[RunDirectory]) -> None:
    if not runs:
        raise ZooError("nothing to merge")
    for run in runs:
        if run.manifest.shard is None:
            raise ZooError("{}: not a shard but a whole run".format(run.path))
        unlike = differences(runs[0].manifest.identity(False), run.manifest.identity(False))
        if unlike:
            raise ZooError(
                "{} and {} are shards of different runs: {}".format(runs[0].path, run.path, "; ".join(unlike[:5]))
            )
    count = runs[0].manifest.shard.count
    seen: Dict[int, RunDirectory] = {}
    for run in runs:
        shard = run.manifest.shard
        if shard.count != count:
            raise ZooError("{}: shard of {}, the others of {}".format(run.path, shard.count, count))
        if shard.index in seen:
            raise ZooError(
                "{} and {} are both shard {}/{}".format(seen[shard.index].path, run.path, shard.index, count)
            )
        seen[shard.index] = run
    missing = sorted(set(range(1, count + 1)) - set(seen))
    if missing:
        raise ZooError("missing of {} shards: {}".format(count, ", ".join(str(number) for number in missing)))


def _interleave(runs: List[RunDirectory]) -> Iterator[Tuple[str, Dict[str, Any]]]:
    streams = [read_lines(run.path / PREDICTIONS) for run in runs]
    merged = heapq.merge(*streams, key=lambda item: item[1]["sample"])
    for expected, (line, record) in enumerate(merged):
        if record["sample"] != expected:
            raise ZooError("shards do not fit together: sample {} where {} is due".format(record["sample"], expected))
        yield line, record


def _measurements(runs: List[RunDirectory]) -> Dict[str, Any]:
    shards = []
    for run in runs:
        file = run.path / MEASUREMENTS
        if file.exists():
            shards.append(dict(read_json(file), shard=run.manifest.shard.index))
    return {"shards": sorted(shards, key=lambda item: item["shard"])}
