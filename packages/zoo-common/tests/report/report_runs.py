"""A drawn dataset and a few real scored runs on it: what a network would say is the annotations, shaken."""

import json
from pathlib import Path

import numpy as np

from zoo_common.coco import open_coco
from zoo_common.coco.results import write_results
from zoo_common.files import read_json, write_json
from zoo_common.runs import DatasetRef, Manifest, ModelRef, Software, score_run
from zoo_common.runs.manifest import Counts
from zoo_common.synthetic import generate
from zoo_common.tasks import task_from_protocol

CARDS = Path(__file__).parents[3] / "zoo-torch" / "src" / "zoo_torch"
HOSTILE = "<img src=x onerror=alert(1)>"
HOSTILE_END = "</script><script>document.title='owned'</script>"
PEOPLE = {
    "task": "topdown-heatmap",
    "input_size": [64, 48],
    "crop": "hrnet",
    "decode": "quarter",
    "boxes": "ground-truth",
}
OBJECTS = {"task": "box-detection"}
FULL = {"weights": {"bits": 32}, "activations": {"bits": 32}, "executed": True, "framework": "numpy 1"}
INT8 = {"weights": {"bits": 8}, "activations": {"bits": 8}, "executed": True, "framework": "integers 2"}
W8A8 = dict(INT8, executed=False, framework="numpy 1")
W4A8 = dict(W8A8, weights={"bits": 4})


def drawn_data(folder):
    """Draw 14 pictures; a category and a file have names that are markup."""
    generate(folder, train=0, val=14, seed=5, progress=False)
    for kind in ("person_keypoints", "instances"):
        path = folder / "annotations" / (kind + "_val2017.json")
        document = json.loads(path.read_text())
        document["categories"][0]["name"] = HOSTILE
        path.write_text(json.dumps(document))
    return folder


def write_run(folder, data, model, precision, network, shake, kind="person_keypoints", complete=True, scored=True):
    """Write a run whose detections are the annotations, shaken by so many pixels."""
    dataset = open_coco(data, kind=kind)
    protocol = PEOPLE if kind == "person_keypoints" else OBJECTS
    manifest = Manifest(
        model=ModelRef(name=model, weights=[]),
        precision=precision,
        network=dict(network, file_bytes=1_000_000 * network["weights"]["bits"], parameters=2_000_000),
        protocol=task_from_protocol(protocol).protocol(),
        dataset=DatasetRef(
            split=dataset.split,
            annotation_file=dataset.annotation_file.name,
            fingerprint=dataset.fingerprint,
            images=len(dataset.images),
            synthetic=True,
        ),
        software=Software(packages={}, python="3"),
        batch_size=4,
        complete=complete,
        counts=Counts(
            samples=9, samples_evaluated=9, samples_failed=0, images=14, images_evaluated=14, images_failed=0
        ),
    )
    folder.mkdir(parents=True)
    write_json(folder / "manifest.json", manifest.to_json())
    if not complete:
        return folder
    write_results(folder / "results.json", _detections(dataset, kind, shake))
    if scored:
        score_run(folder, dataset)
    measurements = {
        "command": ["zoo-x", "evaluate", model, "--data", "/my data"],
        "images_per_s": 100.0 / network["weights"]["bits"],
        "machine": {"cpu": "Some CPU", "cores": 2, "threads": {}},
        "tox_env": "x-env",
    }
    if network["executed"]:
        measurements["latency_ms"] = {"p50": 0.3 * network["weights"]["bits"], "p90": 9.9, "p99": 10.0}
    write_json(folder / "measurements.json", measurements)
    return folder


def _detections(dataset, kind, shake):
    rng = np.random.RandomState(7)  # the same directions for every run: a larger shake is worse in every picture
    for image in dataset.images:
        for entry in dataset.annotations(image.id):
            score = round(float(rng.uniform(0.3, 1)), 4)
            found = {"image_id": image.id, "category_id": entry["category_id"], "score": score}
            if kind == "instances":
                box = np.array(entry["bbox"], np.float64) + np.abs(rng.normal(0, shake, 4))
                yield dict(found, bbox=[round(float(v), 2) for v in box])
            else:
                joints = np.array(entry["keypoints"], np.float64).reshape(17, 3)
                joints[:, :2] += rng.normal(0, 1, (17, 2)) * shake * rng.exponential(1, (17, 1))
                yield dict(found, keypoints=[round(float(v), 2) for v in joints.ravel()])


def write_all(folder, data):
    """Write the runs of the report under test."""
    for precision, network, shake in (
        ("fp32", FULL, 1.5),
        ("int8", INT8, 1.7),
        ("w8a8", W8A8, 1.6),
        ("w4a8", W4A8, 4.0),
    ):
        write_run(folder / ("pose-" + precision), data, "hrnet_posenet", precision, network, shake)
    write_run(folder / "hostile-fp32", data, HOSTILE, "fp32", FULL, 2.0)
    write_run(folder / "hostile-int8", data, HOSTILE, HOSTILE_END, INT8, 2.5)
    write_run(folder / "boxes-fp32", data, "boxes", "fp32", FULL, 1.0, kind="instances")
    write_run(folder / "boxes-int8", data, "boxes", "int8", INT8, 6.0, kind="instances")
    write_run(folder / "stopped", data, "stopped", "fp32", FULL, 1.0, complete=False)
    write_run(folder / "unscored", data, "unscored", "fp32", FULL, 1.0, scored=False)
    rows = [{"layer": HOSTILE, "kind": "weights", "bits": 8, "sqnr_db": 12.0}]
    rows.append({"layer": "conv1", "kind": "activations", "bits": 8, "sqnr_db": 30.0, "joint_shift": 0.25})
    write_json(folder / "pose-w8a8" / "sensitivity.json", {"schema_version": 1, "mode": "one", "rows": rows})
    stats = read_json(folder / "pose-fp32" / "score.json")["stats"]
    check = {
        "metric": "AP",
        "expected": 0.765,
        "tolerance": 0.005,
        "source": "AIMET Model Zoo",
        "measured": stats["AP"],
    }
    verdict = {"schema_version": 1, "status": "FAILED", "checks": [check]}
    write_json(folder / "pose-fp32" / "verdict.json", verdict)
    return folder
