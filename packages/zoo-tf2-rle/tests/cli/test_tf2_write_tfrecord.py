"""`rle-write-tfrecord`: records of ours in TensorFlow's hands, TensorFlow's in ours, both in those of `evaluate`."""

import numpy as np
import pytest

from zoo_common.coco import open_coco
from zoo_common.tfrecord import open_people
from zoo_common.tfrecord.kept_people import kept_people
from zoo_tf2_rle.cli import main as cli
from zoo_tf2_rle.cli import write_tfrecord
from zoo_tf2_rle.tensorflow2 import tf

PARSED = {
    "img_id": tf.io.FixedLenFeature([], tf.int64),
    "image_raw": tf.io.FixedLenFeature([], tf.string),
    "bbox": tf.io.FixedLenFeature([4], tf.float32),
    "keypoints": tf.io.FixedLenFeature([51], tf.float32),
}


@pytest.fixture
def write(run, tree, tmp_path):
    """Write the val split with `rle-write-tfrecord`, two people a shard; returns the folder of its records."""

    def call(name="out", *options):
        argv = ["--data", tree, "--out", tmp_path / name, "--persons-per-shard", 2, "--no-progress", *options]
        assert run(write_tfrecord.main, *argv) == 0
        return tmp_path / name / "val"

    return call


@pytest.fixture
def people(tree):
    return kept_people(open_coco(tree, split="val2017"))


def parsed(folder):
    """Return the records as the rewrite reads them."""
    dataset = tf.data.TFRecordDataset(sorted(map(str, folder.glob("*.tfrecord"))))
    return list(dataset.map(lambda record: tf.io.parse_single_example(record, PARSED)).as_numpy_iterator())


def theirs(person, encoded):
    """Return the bytes of TensorFlow's own Example of a person."""

    def floats(values):
        return tf.train.Feature(float_list=tf.train.FloatList(value=values))

    features = {
        "img_id": tf.train.Feature(int64_list=tf.train.Int64List(value=[person.image.id])),
        "image_raw": tf.train.Feature(bytes_list=tf.train.BytesList(value=[encoded])),
        "bbox": floats(person.box),
        "keypoints": floats(person.keypoints),
    }
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString(deterministic=True)


def test_the_rewrite_reads_our_records(write, tree, people, capsys):
    folder = write()
    dataset = open_coco(tree, split="val2017")
    names = ["val_{}_{:04d}.tfrecord".format(len(people), number) for number in range(-(-len(people) // 2))]
    assert sorted(file.name for file in folder.glob("*.tfrecord")) == names and len(names) > 2
    assert "{} people of".format(len(people)) in capsys.readouterr().out
    found = parsed(folder)
    assert len(found) == len(people)
    for record, person in zip(found, people):
        assert record["img_id"] == person.image.id
        np.testing.assert_array_equal(record["bbox"], np.float32(person.box))
        np.testing.assert_array_equal(record["keypoints"], np.float32(person.keypoints))
        assert record["image_raw"] == dataset.image_path(person.image).read_bytes()
        assert tf.io.decode_jpeg(record["image_raw"]).shape == (person.image.height, person.image.width, 3)


def test_records_are_the_bytes_tensorflow_writes(write, tree, people, tmp_path):
    ours, dataset = write(), open_coco(tree, split="val2017")
    path = tmp_path / ours.name / "val_{}_0000.tfrecord".format(len(people))
    path.parent.mkdir()
    with tf.io.TFRecordWriter(str(path)) as writer:
        for person in people:
            writer.write(theirs(person, dataset.image_path(person.image).read_bytes()))
    assert path.read_bytes() == b"".join(file.read_bytes() for file in sorted(ours.glob("*.tfrecord")))
    found = open_people(path.parent)
    assert found.image_ids.tolist() == [person.image.id for person in people]
    np.testing.assert_array_equal(found.boxes, np.float32([person.box for person in people]))
    np.testing.assert_array_equal(found.keypoints.reshape(-1, 51), np.float32([person.keypoints for person in people]))
    for person in people:
        np.testing.assert_array_equal(found.read(person.image.id), dataset.read(person.image))


def test_both_refuse_a_flipped_bit(write, run, tree, capsys):
    folder = write()
    file = min(folder.glob("*.tfrecord"))
    data = bytearray(file.read_bytes())
    data[1000] ^= 1
    file.write_bytes(bytes(data))
    assert run(cli.main, "evaluate", "rle_light", "--random-weights", "--tfrecords", folder, "--data", tree) == 2
    assert "{}: offset 0: damaged record".format(file) in capsys.readouterr().err
    with pytest.raises(tf.errors.DataLossError):
        parsed(folder)


def test_evaluated_like_the_tree(write, run, tree, tmp_path):
    options = ["--random-weights", "--precision", "fp32", "--limit", 4, "--set", "input_size=[64,48]"]
    annotations = tree / "annotations" / "person_keypoints_val2017.json"
    folder = write("once", "--dedup")
    sources = {"tree": ["--data", tree], "records": ["--tfrecords", folder, "--annotations", annotations]}
    for name, source in sources.items():
        assert run(cli.main, "evaluate", "rle_light", *options, *source, "--out", tmp_path / name) == 0
    for file in ("predictions.jsonl", "results.json"):
        content = (tmp_path / "records" / file).read_bytes()
        assert content == (tmp_path / "tree" / file).read_bytes() and len(content) > 100


def test_again_and_mistakes(write, run, tree, tmp_path, capsys):
    folder = write()
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert run(cli.main, "tfrecord", "--data", tree, "--out", folder.parent, "--persons-per-shard", 2) == 0
    assert "({} were there)".format(len(before) - 1) in capsys.readouterr().out
    for argv, message in (
        (["--data", tree, "--out", folder.parent, "--dedup"], "of other records; choose another folder"),
        (["--data", tmp_path / "absent", "--out", tmp_path], "absent: no such folder"),
        (["--data", tree, "--out", tmp_path, "--keep", "rewrit"], "did you mean 'rewrite'"),
        (["--data", tree, "--out", tmp_path, "-c", "."], "unrecognized arguments: -c"),
    ):
        assert run(write_tfrecord.main, *argv) == 2
        error = capsys.readouterr().err.strip().splitlines()[-1]
        assert message in error and error.startswith("rle-write-tfrecord: error: ")
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_real_photographs(real_data, run, tmp_path, capsys):
    argv = ["--data", real_data / "coco", "--split", "val2017", "--out", tmp_path, "--no-progress", "--dedup"]
    assert run(write_tfrecord.main, *argv) == 0
    assert "229 people of 86 images in 1 files (0 were there), 13.74 MB; 185" in capsys.readouterr().out
    found = parsed(tmp_path / "val")
    assert len(found) == 229 and sum(bool(record["image_raw"]) for record in found) == 86
