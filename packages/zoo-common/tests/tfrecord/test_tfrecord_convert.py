import hashlib
import json
import os
import signal
import subprocess
import sys
import time

import cv2
import numpy as np
import pytest
from filelock import FileLock

from zoo_common.coco import open_coco
from zoo_common.errors import ZooError
from zoo_common.tfrecord import convert, decode_example, find_records, read_records

SQUARE = [[2, 3, 12, 3, 12, 13, 2, 13]]
ROWS = {"size": [20, 30], "counts": [0, 5, 595]}


def entry(number, bbox, **more):
    return dict({"id": number, "image_id": 7, "category_id": 90, "bbox": bbox, "area": 60.5, "iscrowd": 0}, **more)


@pytest.fixture
def tree(tmp_path):
    """Three images, ids not in the file's order; image 7 (30 x 20) has objects of every kind."""

    def write(annotations, images=(9, 7, 8)):
        root = tmp_path / "tree"
        (root / "annotations").mkdir(parents=True, exist_ok=True)
        for image in images:
            cv2.imwrite(str(root / "{}.png".format(image)), np.full((20, 30, 3), image, np.uint8))
        document = {
            "images": [{"id": i, "file_name": "{}.png".format(i), "width": 30, "height": 20} for i in images],
            "annotations": annotations,
            "categories": [{"id": 90, "name": "brush"}],
        }
        (root / "annotations" / "instances_val2017.json").write_text(json.dumps(document))
        return open_coco(root, kind="instances")

    return write


def examples(folder):
    return [[decode_example(r.payload) for r in read_records(file)] for file in find_records(folder)]


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_keys_and_values_are_the_object_detection_apis(tree, tmp_path):
    objects = [
        entry(1, [2, 3, 10, 10], segmentation=SQUARE),
        entry(2, [0, 0, 30, 20], iscrowd=1, segmentation=ROWS),
        *(entry(3, [2, 3, 0, 10]), entry(4, [2, 3, 10, -1]), entry(5, [25, 3, 6, 6]), entry(6, [-1, 3, 6, 6])),
    ]
    dataset = tree(objects)
    done = convert(dataset, tmp_path / "out", shards=2, include_masks=True, progress=False)
    assert (done.images, done.objects, done.objects_dropped, done.found) == (3, 2, 4, 0)
    first, second = examples(tmp_path / "out")
    assert [e["image/source_id"] for e in first] == [[b"9"], [b"8"]], "image i of the file in shard i mod 2"
    (found,) = second
    data = (dataset.root / "7.png").read_bytes()
    masks = [cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED) for png in found.pop("image/object/mask")]
    expected = {
        "image/encoded": [data],
        "image/filename": [b"7.png"],
        "image/format": [b"png"],
        "image/height": [20],
        "image/width": [30],
        "image/source_id": [b"7"],
        "image/key/sha256": [hashlib.sha256(data).hexdigest().encode()],
        "image/object/area": [60.5, 60.5],
        "image/object/bbox/xmin": [np.float32(2 / 30), 0],
        "image/object/bbox/xmax": [np.float32(12 / 30), 1],
        "image/object/bbox/ymin": [np.float32(3 / 20), 0],
        "image/object/bbox/ymax": [np.float32(13 / 20), 1],
        "image/object/class/label": [90, 90],
        "image/object/class/text": [b"brush", b"brush"],
        "image/object/is_crowd": [0, 1],
    }
    assert {name: list(value) for name, value in found.items()} == expected
    assert masks[0].sum() == 100 and masks[0][3:13, 2:12].all()
    assert masks[1].sum() == 5 and masks[1][:5, 0].all() and masks[1].shape == (20, 30)
    assert "image/object/mask" not in first[0] or first[0]["image/object/mask"] == []


@pytest.mark.parametrize(
    "segmentation", [None, [], [[1, 2, 3, 4]], [[1, 2, 3, 4, 5, 6, 7]], ["text"], {"size": [5, 5], "counts": [25]}, 7]
)
def test_an_unusable_mask_names_its_annotation(segmentation, tree, tmp_path):
    dataset = tree([entry(12, [2, 3, 10, 10], segmentation=segmentation)])
    with pytest.raises(ZooError, match=r"val2017\.json: annotation 12: segmentation: "):
        convert(dataset, tmp_path / "out", include_masks=True, progress=False)
    convert(dataset, tmp_path / "without", progress=False)


def test_what_cannot_be_converted_is_named_and_leaves_no_half_file(tree, tmp_path):
    dataset = tree([entry(1, [2, 3, 10, 10], category_id=5)])
    with pytest.raises(ZooError, match="annotation 1: category_id 5 is not among the categories"):
        convert(dataset, tmp_path / "a", shards=2, progress=False)
    assert set(contents(tmp_path / "a")) == {"coco_val.records.json", "coco_val.record-00000-of-00002"}
    dataset = tree([])
    (dataset.root / "7.png").unlink()
    with pytest.raises(ZooError, match=r"7\.png: no such image"):
        convert(dataset, tmp_path / "b", progress=False)
    cv2.imwrite(str(dataset.root / "7.bmp"), np.zeros((20, 30, 3), np.uint8))
    (dataset.root / "7.bmp").rename(dataset.root / "7.png")
    with pytest.raises(ZooError, match=r"7\.png: BMP: a record holds JPEG or PNG"):
        convert(dataset, tmp_path / "b", progress=False)
    for options, reason in (({"shards": 0}, "shards: 0"), ({"stem": "a/b"}, "stem: 'a/b'")):
        with pytest.raises(ZooError, match=reason):
            convert(dataset, tmp_path / "c", progress=False, **options)


def test_again_does_what_is_left_and_mends_what_is_damaged(dataset, records):
    whole = contents(records)
    assert convert(dataset, records, shards=3, progress=False).found == 3
    (records / "coco_val.record-00000-of-00003").unlink()
    damaged = records / "coco_val.record-00001-of-00003"
    damaged.write_bytes(whole[damaged.name][:-1])
    (records / ".coco_val.record-00001-of-00003.tmp").write_bytes(b"half")
    assert convert(dataset, records, shards=3, progress=False).found == 1
    assert contents(records) == whole


def test_records_of_something_else_are_not_touched(dataset, records):
    whole = contents(records)
    for options, field in (({"shards": 4}, "shards: 3 -> 4"), ({"shards": 3, "include_masks": True}, "include_masks")):
        with pytest.raises(ZooError, match=r"coco_val\.records\.json: of other records; .*" + field):
            convert(dataset, records, progress=False, **options)
    with pytest.raises(ZooError, match="image_ids_sha256"):
        convert(dataset.limit(4), records, shards=3, progress=False)
    assert contents(records) == whole
    convert(dataset, records, stem="other", shards=1, progress=False)
    (records / "coco_val.records.json").unlink()
    with pytest.raises(ZooError, match=r"holds coco_val records, but no coco_val\.records\.json"):
        convert(dataset, records, shards=3, progress=False)
    with FileLock(str(records / ".other.lock")), pytest.raises(ZooError, match="another process is writing other"):
        convert(dataset, records, stem="other", shards=1, progress=False)


SCRIPT = """
import time
from zoo_common.coco import open_coco
from zoo_common.tfrecord import conversion

plain = conversion.image_features
conversion.image_features = lambda *args: (time.sleep(0.02), plain(*args))[1]
dataset = open_coco({data!r})
print("ready", flush=True)
conversion.convert(dataset, {out!r}, shards=5, progress=False)
"""


def test_kill_9_at_any_moment_then_again_ends_with_the_same_bytes(dataset, coco_tree, tmp_path):
    convert(dataset, tmp_path / "undisturbed", shards=5, progress=False)
    out = tmp_path / "killed"
    script = SCRIPT.format(data=str(coco_tree), out=str(out))
    rng, kills = np.random.RandomState(3), 0
    for _ in range(5):
        process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        process.stdout.readline()
        time.sleep(rng.uniform(0.01, 0.1))
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            kills += 1
        process.stdout.close()
        process.wait()
    assert kills >= 2
    convert(dataset, out, shards=5, progress=False)
    assert contents(out) == contents(tmp_path / "undisturbed")
