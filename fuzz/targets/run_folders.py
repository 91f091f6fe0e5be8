"""Run directories, through every command that reads them."""

import io
import json
import zipfile
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any, Dict

import numpy as np

from fuzz.byte_changes import change_bytes
from fuzz.document_changes import junk
from fuzz.target import Target, json_bytes, read_files
from fuzz.targets.drawn import PEOPLE, detections, draw
from zoo_common.cli.main import main
from zoo_common.coco import open_coco
from zoo_common.files import canonical_json, write_json
from zoo_common.runs import DatasetRef, Manifest, ModelRef, Shard, Software, score_run
from zoo_common.runs.manifest import Counts
from zoo_common.tasks import task_from_protocol

PROTOCOL = {
    "task": "topdown-heatmap",
    "input_size": [64, 48],
    "crop": "hrnet",
    "decode": "quarter",
    "boxes": "ground-truth",
}
BITS = {"fp32": 32, "int8": 8}
DTYPES = ("<i4", "<i8", "<f4", "<f8", "|b1", "<u8", "<c16", "|S8", "<U4", "|O")


class Runs(Target):
    """Two scored runs that can be compared, and two shards that can be merged."""

    def __init__(self, scratch: Path) -> None:
        super().__init__(scratch)
        data, runs = scratch / "data", scratch / "runs"
        tree = draw(data)
        for index, precision in enumerate(sorted(BITS)):
            folder = runs / precision
            manifest = _manifest(data, precision)
            _write(folder, manifest, detections(tree[PEOPLE], "keypoints", shift=1 + 2 * index))
            score_run(folder, open_coco(data))
            for name, content in _documents(folder).items():
                write_json(folder / name, content)
        for index in (1, 2):
            shard = _manifest(data, "fp32").model_copy(update={"shard": Shard(index=index, count=2)})
            _write(scratch / "shards" / str(index), shard, None, first=index - 1)
        self.files = {"data/" + name: content for name, content in tree.items()}
        self.files.update({"runs/" + name: content for name, content in read_files(runs).items()})
        self.files.update({"shards/" + name: content for name, content in read_files(scratch / "shards").items()})
        self.changed = [name for name in self.files if not name.startswith("data/")]

    def change(self, random: Random, name: str, content: bytes) -> bytes:
        """Change a document, or the arrays of the matches."""
        if name.endswith(".npz") and random.randrange(4):
            return _change_arrays(random, content)
        return super().change(random, name, content)

    def read(self, folder: Path, random: Random) -> None:
        """One of the commands."""
        runs, first, second = (str(folder / name) for name in ("runs", "runs/fp32", "runs/int8"))
        data, out = str(folder / "data"), str(folder / "out")
        commands = [
            ["ls", runs],
            ["ls", runs, "--sort", "AP", "--json"],
            ["show", first],
            ["show", first, "--json"],
            ["export", runs, "--out", out + ".csv"],
            ["export", runs, "--out", out + ".json"],
            ["compare", first, second, "--replicates", "20"],
            ["compare", second, first, "--replicates", "20", "--json"],
            ["compare", first, second, "--replicates", "20", "--force"],
            ["score", first, "--data", data],
            ["merge", str(folder / "shards" / "1"), str(folder / "shards" / "2"), "--out", out],
        ]
        if find_spec("pyarrow") is not None:  # an extra
            commands.append(["export", runs, "--out", out + ".parquet"])
        main(random.choice(commands))


class Report(Runs):
    """The same runs in a report."""

    def read(self, folder: Path, random: Random) -> None:
        """Write the report."""
        arguments = ["--out", str(folder / "out"), "--data", str(folder / "data"), "--gallery", "1", "--no-progress"]
        main(["report", str(folder / "runs"), *arguments, "--replicates", "20"])


def _manifest(data: Path, precision: str) -> Manifest:
    dataset, bits = open_coco(data), BITS[precision]
    network = {"weights": {"bits": bits}, "activations": {"bits": bits}, "executed": True, "framework": "numpy 1"}
    reference = DatasetRef(
        split=dataset.split,
        annotation_file=dataset.annotation_file.name,
        fingerprint=dataset.fingerprint,
        images=len(dataset.images),
    )
    return Manifest(
        model=ModelRef(name="pose", weights=[]),
        precision=precision,
        network=dict(network, file_bytes=1000000 * bits, parameters=2000000, multiply_adds=10**9),
        protocol=task_from_protocol(PROTOCOL).protocol(),
        dataset=reference,
        software=Software(packages={"numpy": "1"}, python="3"),
        batch_size=4,
        complete=True,
        counts=Counts(samples=9, samples_evaluated=9, samples_failed=0, images=3, images_evaluated=3, images_failed=0),
    )


def _write(folder: Path, manifest: Manifest, found: Any, first: int = 0) -> None:
    folder.mkdir(parents=True)
    write_json(folder / "manifest.json", manifest.to_json())
    if found is not None:
        (folder / "results.json").write_bytes(json_bytes(found))
    image_ids = sorted({entry["image_id"] for entry in found}) if found else [1000001, 1000002, 1000003]
    record = {"keypoints": [10.0, 10.0, 0.5] * 17, "box_score": 1.0, "crop_area": 400.0}
    lines = [dict(record, sample=2 * n + first, image_id=image_id) for n, image_id in enumerate(image_ids)]
    (folder / "predictions.jsonl").write_text("".join(canonical_json(line) + "\n" for line in lines))


def _documents(folder: Path) -> Dict[str, Any]:
    stats = json.loads((folder / "score.json").read_text())["stats"]
    check = {"metric": "AP", "expected": 0.7, "tolerance": 0.01, "source": "a paper", "measured": stats["AP"]}
    row = {"layer": "conv1", "kind": "weights", "bits": 8, "sqnr_db": 20.5, "joint_shift": 0.5}
    return {
        "measurements.json": {
            "command": ["zoo-x", "evaluate"],
            "machine": {"cpu": "A CPU", "cores": 2, "threads": {"OMP_NUM_THREADS": "1"}},
            "wall_s": 2.5,
            "samples_per_s": 30.5,
            "images_per_s": 10.5,
            "latency_ms": {"p50": 1.0, "p90": 2.0, "p99": 3.0},
            "peak_memory_mb": 100.5,
            "stage_cpu_s": {"decode": 1.5},
        },
        "verdict.json": {"schema_version": 1, "status": "FAILED", "checks": [check]},
        "sensitivity.json": {"schema_version": 1, "mode": "one", "rows": [row, dict(row, layer="conv2")]},
        "fidelity.json": {"reference": "fp32", "sqnr_db": 30.5, "joint_shift": {"mean": 0.25}},
    }


def _change_arrays(random: Random, content: bytes) -> bytes:
    """Change one array of an archive, or its header's JSON; the archive stays whole."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = random.choice(sorted(members))
    with io.BytesIO(members[name]) as stream:
        array = np.load(stream, allow_pickle=False)
    what = random.randrange(7)
    if what == 0:
        del members[name]
    elif what == 1:
        members[name] = change_bytes(random, members[name])
    else:
        members[name] = _saved(_changed(random, array, what))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for member, data in members.items():
            archive.writestr(member, data)
    return stream.getvalue()


def _changed(random: Random, array: np.ndarray, what: int) -> np.ndarray:
    if what == 2:
        kind = np.dtype(random.choice(DTYPES))
        return np.zeros(array.shape, kind) if kind.kind in "OSUc" else array.astype(kind)
    if what == 3:
        return random.choice((array[:-1], array.reshape(-1), array[None], np.concatenate([array, array]), array[:0]))
    if what == 4:
        number = junk(random)
        return np.array([number if isinstance(number, (int, float)) else 7] * 3)
    changed = array.copy()
    if changed.size:
        values = (-2, -1, 0, 1, 99, 2**31 - 1) if array.dtype.kind != "f" else (np.nan, np.inf, -1e308, 1e-320, 2.0)
        at = random.randrange(changed.size)
        value = random.choice(values)
        changed.flat[at] = value % 256 if array.dtype == np.uint8 else value
    return changed


def _saved(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=True)
    return stream.getvalue()
