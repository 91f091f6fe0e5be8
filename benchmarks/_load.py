"""A COCO tree and two runs of any size, drawn as numbers: annotations and detections, photographs for a few only."""

import json
import os

import cv2
import numpy as np

from zoo_common.coco import open_coco
from zoo_common.files import write_json
from zoo_common.runs import DatasetRef, Manifest, ModelRef, Software
from zoo_common.runs.manifest import Counts
from zoo_common.tasks import task_from_protocol

SPLIT = "val2014"
CATEGORIES = 80
PHOTOGRAPHS = 20
EACH = {"person_keypoints": 3, "instances": 7}
"""Annotations an image."""
PROTOCOLS = {
    "person_keypoints": {"task": "topdown-heatmap", "input_size": [64, 48], "crop": "hrnet", "boxes": "ground-truth"},
    "instances": {"task": "box-detection"},
}
SHAKES = {"fp32": 0.03, "int8": 0.04}
"""Standard deviation of a detection's error, in sides of its box."""
BITS = {"fp32": 32, "int8": 8}


def write_tree(folder, kind, images):
    """Write the annotations and the first photographs."""
    file = folder / "annotations" / "{}_{}.json".format(kind, SPLIT)
    file.parent.mkdir(parents=True)
    (folder / SPLIT).mkdir()
    names = ["COCO_{}_{:012d}.jpg".format(SPLIT, number + 1) for number in range(images)]
    for name in names[:PHOTOGRAPHS]:
        cv2.imwrite(str(folder / SPLIT / name), np.full((480, 640, 3), 127, np.uint8))
    people = kind == "person_keypoints"
    count = 1 if people else CATEGORIES
    with open(str(file), "w") as stream:
        stream.write('{"images":[')
        _write(stream, ({"id": i + 1, "file_name": n, "width": 640, "height": 480} for i, n in enumerate(names)))
        stream.write('],"categories":[')
        _write(stream, ({"id": i + 1, "name": "person" if people else "c{}".format(i + 1)} for i in range(count)))
        stream.write('],"annotations":[')
        _write(stream, _annotations(kind, images))
        stream.write("]}\n")
    return file


def write_run(run, data, kind, precision):
    """Write a complete run that is not scored yet: the annotations, shaken, and as many false alarms as a third."""
    dataset = open_coco(data, split=SPLIT, kind=kind)
    count = sum(len(dataset.annotations(image.id)) for image in dataset.images)
    every = dict.fromkeys(("images", "images_evaluated"), len(dataset.images))
    every.update(dict.fromkeys(("samples", "samples_evaluated"), count), images_failed=0, samples_failed=0)
    manifest = Manifest(
        model=ModelRef(name="drawn_" + kind, weights=[]),
        precision=precision,
        network={
            "weights": {"bits": BITS[precision]},
            "activations": {"bits": BITS[precision]},
            "executed": True,
            "framework": "none",
            "file_bytes": 10**6 * BITS[precision],
        },
        protocol=task_from_protocol(PROTOCOLS[kind]).protocol(),
        dataset=DatasetRef(
            split=SPLIT,
            annotation_file=dataset.annotation_file.name,
            fingerprint=dataset.fingerprint,
            images=len(dataset.images),
        ),
        software=Software(packages={}, python="3"),
        batch_size=32,
        complete=True,
        counts=Counts(**every),
    )
    run.mkdir(parents=True)
    with open(str(run / "results.json"), "w") as stream:
        stream.write("[")
        _write(stream, _detections(dataset, kind, SHAKES[precision]))
        stream.write("]\n")
    write_json(run / "manifest.json", manifest.to_json())
    write_json(run / "measurements.json", {"images_per_s": 10.0, "latency_ms": {"p50": 1.0, "p90": 2.0, "p99": 3.0}})
    return run


def _annotations(kind, images):
    rng = np.random.RandomState(1)
    number = 0
    for image in range(images):
        for _ in range(rng.poisson(EACH[kind])):
            number += 1
            x, y, w, h = (float(v) for v in (*rng.uniform(0, 400, 2), *np.exp(rng.uniform(2.5, 5.3, 2))))
            box = [round(v, 2) for v in (x, y, w, h)]
            outline = (rng.rand(12, 2) * (w, h) + (x, y)).round(2).ravel().tolist()
            entry = {"id": number, "image_id": image + 1, "bbox": box, "area": round(w * h * 0.6, 2), "iscrowd": 0}
            entry.update(segmentation=[outline], category_id=1)
            if kind == "instances":
                entry["category_id"] = int(rng.randint(CATEGORIES)) + 1
            else:
                seen = rng.choice([0, 1, 2], p=[0.3, 0.1, 0.6], size=17)
                joints = np.round(rng.rand(17, 2) * (w, h) + (x, y)) * (seen > 0)[:, None]
                entry["keypoints"] = np.column_stack([joints, seen]).astype(int).ravel().tolist()
                entry["num_keypoints"] = int((seen > 0).sum())
            yield entry


def _detections(dataset, kind, shake):
    rng = np.random.RandomState(2)  # the same draws for every precision
    for image in dataset.images:
        for entry in dataset.annotations(image.id):
            for error in (shake, 1.0)[: 1 + (rng.rand() < 1 / 3)]:
                found = {"image_id": image.id, "category_id": entry["category_id"], "score": round(rng.rand(), 5)}
                size = np.array(entry["bbox"][2:])
                if kind == "instances":
                    box = np.abs(np.array(entry["bbox"]) + rng.normal(0, error, 4) * np.tile(size, 2))
                    found["bbox"] = box.round(2).tolist()
                else:
                    joints = np.array(entry["keypoints"], np.float64).reshape(17, 3)
                    joints[:, :2] += rng.normal(0, error, (17, 2)) * size
                    found["keypoints"] = joints.round(2).ravel().tolist()
                yield found


def _write(stream, entries):
    separator = "\n"
    for entry in entries:
        stream.write(separator + json.dumps(entry, separators=(",", ":")))
        separator = ",\n"


def write_small_tree(folder, images):
    """Write pictures of 96 by 72 pixels, one person each: links to a few files."""
    photographs = folder / SPLIT
    photographs.mkdir(parents=True)
    (folder / "annotations").mkdir()
    rng = np.random.RandomState(3)
    entries, people = [], []
    joints = np.column_stack([rng.randint(20, 60, (17, 2)), np.full(17, 2)]).ravel().tolist()
    for number in range(images):
        name = "{:012d}.jpg".format(number + 1)
        if number < PHOTOGRAPHS:
            cv2.imwrite(str(photographs / name), rng.randint(0, 256, (72, 96, 3)).astype(np.uint8))
        else:
            os.link(str(photographs / "{:012d}.jpg".format(number % PHOTOGRAPHS + 1)), str(photographs / name))
        entries.append({"id": number + 1, "file_name": name, "width": 96, "height": 72})
        person = {"id": number + 1, "image_id": number + 1, "category_id": 1, "iscrowd": 0, "num_keypoints": 17}
        people.append(dict(person, bbox=[20.0, 20.0, 40.0, 40.0], area=1600.0, keypoints=joints))
    document = {"images": entries, "annotations": people, "categories": [{"id": 1, "name": "person"}]}
    (folder / "annotations" / "person_keypoints_{}.json".format(SPLIT)).write_text(json.dumps(document))
