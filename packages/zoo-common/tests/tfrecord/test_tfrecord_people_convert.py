"""Who becomes a record of a person, and the files of those records."""

import json
import signal
import subprocess
import sys

import numpy as np
import pytest

from zoo_common.coco import open_annotations, open_coco
from zoo_common.errors import ZooError
from zoo_common.tfrecord import PersonRecords, convert_people, decode_example, open_people, read_records
from zoo_common.tfrecord.kept_people import kept_people


def joints(*labelled):
    """Return 51 keypoint numbers: these (x, y, v), then nothing."""
    return [number for joint in labelled for number in joint] + [0] * (51 - 3 * len(labelled))


def annotated(path, **changes):
    """Return the annotations of one image of 30 x 20 with one person, at [2, 3, 10, 8] with a joint at (5, 5)."""
    person = {"id": 1, "image_id": 7, "category_id": 1, "bbox": [2, 3, 10, 8], "area": 60.5, "iscrowd": 0}
    person.update({"num_keypoints": 1, "keypoints": joints((5, 5, 2))})
    person.update(changes)
    document = {
        "images": [{"id": 7, "file_name": "7.jpg", "width": 30, "height": 20}],
        "annotations": [person],
        "categories": [{"id": 1, "name": "person"}],
    }
    path.write_text(json.dumps(document))
    return open_annotations(path, "person_keypoints")


@pytest.mark.parametrize(
    "changes, rewrite, gluoncv",
    [
        ({}, (2, 3, 10, 8), (2, 3, 10, 8)),
        ({"iscrowd": 1}, None, None),
        ({"num_keypoints": 0}, None, (2, 3, 10, 8)),
        ({"keypoints": joints((5, 5, 0))}, None, None),
        ({"keypoints": joints((13, 5, 2), (5, 5, 0))}, None, (2, 3, 10, 8)),
        ({"keypoints": joints((12, 11, 1))}, (2, 3, 10, 8), (2, 3, 10, 8)),
        ({"bbox": [-4, -2, 10, 8]}, (0, 0, 10, 8), (0, 0, 6, 6)),
        ({"bbox": [25, 15, 20, 20], "keypoints": joints((26, 16, 2))}, (25, 15, 5, 5), (25, 15, 5, 5)),
        ({"bbox": [2.5, 3.25, 10.5, 8]}, (2.5, 3.25, 10.5, 8), (2.5, 3.25, 10.5, 8)),
        ({"area": 0}, None, None),
        ({"bbox": [5, 5, 1, 1]}, None, None),
        ({"bbox": [5, 3, 1, 8]}, (5, 3, 1, 8), None),
        ({"bbox": [40, 3, 10, 8], "keypoints": joints((41, 5, 2))}, None, None),
    ],
)
def test_who_is_kept_and_with_which_box(changes, rewrite, gluoncv, tmp_path):
    dataset = annotated(tmp_path / "person_keypoints_val2017.json", **changes)
    for keep, box in (("rewrite", rewrite), ("gluoncv", gluoncv)):
        assert [person.box for person in kept_people(dataset, keep)] == ([] if box is None else [box]), keep


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def examples(files):
    return [[decode_example(record.payload) for record in read_records(file)] for file in files]


@pytest.fixture
def write(dataset, tmp_path):
    """Write the twelve people in 4, 7, 10, 16, 19 and 22 (1, 2, 3, 1, 2, 3 of them), four a shard."""

    def convert(name="out", **options):
        options = dict({"persons_per_shard": 4, "progress": False}, **options)
        return convert_people(dataset, tmp_path / name, "val", **options)

    return convert


def test_a_record_is_a_person(write, dataset, tmp_path):
    done = write()
    assert (done.people, done.images, done.found, done.left_out) == (12, 6, 0, 0)
    assert [file.name for file in done.files] == ["val_12_{:04d}.tfrecord".format(number) for number in range(3)]
    found = [example for shard in examples(done.files) for example in shard]
    people = [(image, entry) for image in dataset.images for entry in dataset.annotations(image.id)]
    for example, (image, entry) in zip(found, people):
        assert sorted(example) == ["bbox", "image_raw", "img_id", "keypoints"]
        assert example["img_id"].dtype == np.int64 and example["img_id"].tolist() == [image.id]
        assert example["image_raw"] == [dataset.image_path(image).read_bytes()]
        assert example["bbox"].dtype == np.float32 and example["bbox"].shape == (4,)
        assert example["keypoints"].tolist() == entry["keypoints"]


def test_an_image_once_is_the_same_people(write, dataset):
    plain, once = write("plain"), write("once", dedup=True)
    shards = examples(once.files)
    assert [[int(example["img_id"][0]) for example in shard] for shard in shards] == [
        [4, 7, 7],
        [10, 10, 10, 16],
        [19, 19],
        [22, 22, 22],
    ], "no image's people are in two files"
    stored = [bool(example["image_raw"][0]) for shard in shards for example in shard]
    assert sum(stored) == 6 and stored[:3] == [True, True, False]
    first, second = PersonRecords(plain.files), PersonRecords(once.files)
    for name in ("image_ids", "boxes", "keypoints"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
    for image_id in set(first.image_ids.tolist()):
        assert first.encoded(image_id) == second.encoded(image_id)
    assert [len(shard) for shard in examples(write("narrow", dedup=True, persons_per_shard=1).files)] == [1, 2, 3] * 2


def test_again_does_what_is_left_and_mends_what_is_damaged(write, tmp_path):
    done, folder = write(dedup=True), tmp_path / "out"
    whole = contents(folder)
    assert write(dedup=True).found == 4
    done.files[0].unlink()
    done.files[1].write_bytes(whole[done.files[1].name][:-1])
    done.files[2].write_bytes(whole[done.files[3].name])
    (folder / ".{}.tmp".format(done.files[1].name)).write_bytes(b"half")
    assert write(dedup=True).found == 1
    assert contents(folder) == whole


def test_records_of_something_else_are_not_touched(write, dataset, tmp_path):
    write()
    whole = contents(tmp_path / "out")
    for options, field in (
        ({"dedup": True}, "dedup: False -> True"),
        ({"keep": "gluoncv"}, "keep: 'rewrite' -> 'gluoncv'"),
        ({"persons_per_shard": 6}, "persons_per_shard: 4 -> 6; shards: 3 -> 2"),
    ):
        with pytest.raises(ZooError, match=r"val\.records\.json: of other records; .*" + field):
            write(**options)
    with pytest.raises(ZooError, match="people: 12 -> 6"):
        convert_people(dataset.limit(4), tmp_path / "out", "val", 4, progress=False)
    assert contents(tmp_path / "out") == whole
    (tmp_path / "out" / "val.records.json").unlink()
    with pytest.raises(ZooError, match=r"holds val records, but no val\.records\.json"):
        write()


def test_what_cannot_be_written_is_named(write, dataset, tmp_path):
    with pytest.raises(ZooError, match=r"val2017\.json: rewrite keeps nobody of its 1 images"):
        convert_people(dataset.limit(1), tmp_path / "a", "val", progress=False)
    for options, reason in (({"persons_per_shard": 0}, "0 is less than 1"), ({"keep": "hrnt"}, "no rule 'hrnt'")):
        with pytest.raises(ZooError, match=reason):
            write(**options)
    assert not (tmp_path / "out").exists()
    dataset.image_path(dataset.images[3]).unlink()
    with pytest.raises(ZooError, match=r"000000000010\.jpg: no such image"):
        write(dedup=True)
    assert set(contents(tmp_path / "out")) == {"val.records.json", "val_12_0000.tfrecord"}


SCRIPT = """
import os, signal
from zoo_common.coco import open_coco
from zoo_common.tfrecord import person_conversion

plain, images = person_conversion.read_storable, []

def read(dataset, image):
    images.append(image)
    if len(images) == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    return plain(dataset, image)

person_conversion.read_storable = read
person_conversion.convert_people(open_coco({data!r}), {out!r}, "val", 4, dedup=True, progress=False)
"""


def test_kill_9_then_again_ends_with_the_same_bytes(write, coco_tree, tmp_path):
    script = SCRIPT.format(data=str(coco_tree), out=str(tmp_path / "killed"))
    killed = subprocess.run([sys.executable, "-c", script], stderr=subprocess.DEVNULL, check=False)
    assert killed.returncode == -signal.SIGKILL
    left = set(contents(tmp_path / "killed"))
    assert {"val_12_0000.tfrecord", "val_12_0001.tfrecord"} < left and "val_12_0002.tfrecord" not in left
    assert any(name.endswith(".tmp") for name in left)
    write("undisturbed", dedup=True)
    assert write("killed", dedup=True).found == 2
    assert contents(tmp_path / "killed") == contents(tmp_path / "undisturbed")


def test_real_people(real_data, tmp_path):
    source = open_coco(real_data / "coco", split="val2017")
    size = {}
    for dedup in (False, True):
        done = convert_people(source, tmp_path / str(dedup), "val", 64, dedup, progress=False)
        assert (done.people, done.images, done.left_out) == (229, 86, 185)
        size[dedup] = sum(file.stat().st_size for file in done.files)
        found = open_people(tmp_path / str(dedup))
        assert len(found) == 229 and len(found.places) == 86
        for image in source.images[:20]:
            if image.id in found.places:
                np.testing.assert_array_equal(found.read(image.id), source.read(image))
    assert 0.3 < size[True] / size[False] < 0.4
    assert convert_people(source, tmp_path / "more", "val", keep="gluoncv", progress=False).people == 230
