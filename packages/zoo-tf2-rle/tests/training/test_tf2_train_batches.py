"""Batches: the evaluation's pixels, targets on the joints, each one known by its number alone."""

import json

import numpy as np
import pytest

from zoo_common.coco import open_coco
from zoo_common.crops import heatmap_to_image
from zoo_common.errors import ZooError
from zoo_common.keypoints import FLIP_PAIRS
from zoo_common.tasks.topdown_regression import TopDownRegression, TopDownRegressionOptions
from zoo_common.tfrecord.person_conversion import convert_people
from zoo_common.training.order import chosen
from zoo_tf2_rle.training.batches import Batches, dataset_of
from zoo_tf2_rle.training.config import MIRRORED, Records
from zoo_tf2_rle.training.people import PictureCache
from zoo_tf2_rle.training.records import held_back_records, people_of_records

PLAIN = {"FLIP_PROB": 0, "ROT_PROB": 0, "SCALE_FACTOR": 0, "HALF_BODY_PROB": 0}
WILD = {"HALF_BODY_PROB": 1, "HALF_BODY_MIN_KP": 6, "ROT_PROB": 1}


def equal(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one, other))


@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
def test_without_augmentation_pixels_are_the_evaluations(interpolation, make_config, tree, people):
    config = make_config(AUG=PLAIN, OPTIONS={"INTERPOLATION": interpolation})
    dataset = open_coco(tree, split="train2017")
    task = TopDownRegression(TopDownRegressionOptions(**config.task_options()))
    samples, batch = task.samples(dataset), Batches(people, config)(0)
    keypoints = {entry["id"]: entry["keypoints"] for image in dataset.images for entry in dataset.annotations(image.id)}
    assert [part.dtype for part in batch] == [np.float32] * 3
    for row in range(4):
        sample = samples[chosen(0, row, people.count)]
        crop = task.inputs([sample])
        task.preprocess(dataset.read(sample.image), sample, crop[0])
        np.testing.assert_array_equal(batch.images[row], crop[0].transpose(1, 2, 0))
        annotated = np.float32(keypoints[sample.annotation_id]).reshape(17, 3)
        labelled = annotated[:, 2] > 0
        np.testing.assert_array_equal(batch.weights[row], np.repeat(labelled[:, None], 2, 1))
        cells = (batch.targets[row] + 0.5) * (48, 64)
        found = heatmap_to_image(cells[None], sample.centre[None], sample.scale[None], (64, 48))[0]
        np.testing.assert_allclose(found[labelled], annotated[labelled, :2], atol=1e-3)
        assert not batch.targets[row][~labelled].any() and labelled.sum() > 0


def test_a_batch_depends_on_seed_and_number_alone(make_config, people):
    first = Batches(people, make_config())
    first(7)
    assert equal(first(3), Batches(people, make_config())(3))
    assert not equal(first(3), first(4))
    assert not equal(first(3), Batches(people, make_config(OPTIONS={"SEED": 1}))(3))


def test_everyone_comes_once_in_each_pass(make_config, people):
    seen = []
    spy = people._replace(read=lambda number: seen.append(number) or people.read(number))
    batches = Batches(spy, make_config(AUG=PLAIN))
    for number in range(2 * people.count // 4 + 1):
        batches(number)
    passes = [seen[: people.count], seen[people.count : 2 * people.count]]
    assert [sorted(one) for one in passes] == [list(range(people.count))] * 2
    assert passes[0] != passes[1]


def test_workers_rows_make_up_the_batch(make_config, people):
    whole = Batches(people, make_config())(5)
    parts = [Batches(people, make_config(), rows)(5) for rows in (range(2), range(2, 4))]
    assert equal(whole, [np.concatenate(pair) for pair in zip(*parts)])


def test_a_mirrored_crop_exchanges_left_and_right(make_config, people):
    straight, mirrored = (Batches(people, make_config(AUG=dict(PLAIN, FLIP_PROB=p)))(0) for p in (0, 1))
    np.testing.assert_array_equal(mirrored.images, straight.images[:, :, ::-1])
    np.testing.assert_array_equal(mirrored.weights, straight.weights[:, MIRRORED])
    expected = straight.targets[:, MIRRORED] * (-1, 1) - (1 / 48, 0)
    np.testing.assert_allclose(mirrored.targets, np.where(mirrored.weights > 0, expected, 0), atol=1e-6)
    assert all(MIRRORED[left] == right and MIRRORED[right] == left for left, right in FLIP_PAIRS)


def test_joints_outside_the_crop(make_config, people):
    taught = Batches(people, make_config(AUG=WILD))(0)
    ignored = Batches(people, make_config(AUG=WILD, OPTIONS={"OUTSIDE": "ignored"}))(0)
    inside = ((taught.targets >= -0.5) & (taught.targets < 0.5)).all(axis=2, keepdims=True)
    assert np.sum(taught.weights * ~inside) > 0
    np.testing.assert_array_equal(ignored.weights, taught.weights * inside)
    np.testing.assert_array_equal(ignored.images, taught.images)


def test_colours_change_after_the_mirror_and_depend_on_the_row(make_config, people):
    seeds = []

    def colours(crop, seed):
        seeds.append(seed)
        return 255 - crop

    changed, plain = Batches(people, make_config(), colours=colours)(2), Batches(people, make_config())(2)
    np.testing.assert_array_equal(changed.targets, plain.targets)
    mean = np.float32([0.406, 0.457, 0.48])
    np.testing.assert_allclose(changed.images + mean, 1 - (plain.images + mean), atol=1e-6)
    assert len(set(seeds)) == 4


@pytest.mark.parametrize("first", [0, 3])
def test_the_dataset_yields_the_same_in_order(first, make_config, people):
    batches = Batches(people, make_config())
    found = list(dataset_of(batches, first, 6, threads=2, ahead=2).as_numpy_iterator())
    assert len(found) == 6 - first
    for number, batch in enumerate(found, first):
        assert equal(batch, batches(number))


def test_the_cache_keeps_what_was_used_last():
    read = []
    cache = PictureCache(lambda key: read.append(key) or np.zeros(400_000, np.uint8), 1)
    for key in (1, 2, 1, 3, 1, 2):
        assert cache(key).nbytes == 400_000
    assert read == [1, 2, 3, 2]
    none = PictureCache(lambda key: read.append(key) or np.zeros(9, np.uint8), 0)
    none(7), none(7)
    assert read[4:] == [7, 7]


@pytest.fixture
def records(tree, tmp_path):
    """Write records of a split; returns their pattern."""

    def write(split, keep, source=tree):
        convert_people(open_coco(source, split=split), tmp_path / split, split, 3, keep=keep, progress=False)
        return str(tmp_path / split / "*.tfrecord")

    return write


def test_records_give_the_batches_of_their_tree(make_config, people, task, records):
    found = people_of_records(Records(PATTERN=records("train2017", "gluoncv"), EXAMPLES=people.count), task, 100)
    for name in ("joints", "labelled", "scale", "centre"):
        np.testing.assert_array_equal(getattr(found, name), getattr(people, name))
    assert equal(Batches(found, make_config())(1), Batches(people, make_config())(1))


def test_faulty_records_are_named(make_config, people, task, records, tree):
    pattern = records("train2017", "gluoncv")
    for where, message in (
        (Records(), "DATASET.TRAIN.PATTERN: missing"),
        (Records(PATTERN=pattern, EXAMPLES=9999), "DATASET.TRAIN.EXAMPLES: 9999, but .* holds {} people"),
        (Records(PATTERN=pattern + "x"), "tfrecordx"),
    ):
        with pytest.raises(ZooError, match=message.format(people.count)):
            people_of_records(where, task, 1)
    for sections, message in (
        ({}, "DATASET.VAL.PATTERN: missing; EVAL.DO_EVAL: true evaluates on it"),
        ({"DATASET": {"VAL": {"PATTERN": pattern}}}, "EVAL.COCO_JSON: missing"),
        ({"DATASET": {"VAL": {"PATTERN": pattern}}, "EVAL": {"COCO_JSON": "absent.json"}}, "absent.json"),
    ):
        with pytest.raises(ZooError, match=message):
            held_back_records(make_config(**sections))
    assert held_back_records(make_config(EVAL={"DO_EVAL": False})) is None
    annotations = str(tree / "annotations/person_keypoints_val2017.json")
    section = {"VAL": {"PATTERN": records("val2017", "gluoncv"), "EXAMPLES": 9999}}
    with pytest.raises(ZooError, match=r"DATASET.VAL.EXAMPLES: 9999, but .* people"):
        held_back_records(make_config(DATASET=section, EVAL={"COCO_JSON": annotations}))


def test_nobody_to_train_on(tree, task, tmp_path):
    from zoo_tf2_rle.training.people import people_of_tree

    dataset = open_coco(tree, split="train2017")
    empty = dataset.subset(image.id for image in dataset.images if not task.samples(dataset.subset([image.id])))
    with pytest.raises(ZooError, match=r"person_keypoints_train2017.json: nobody with keypoints to train on"):
        people_of_tree(empty, task, 1)


def test_the_rewrites_records_lack_people_that_count(make_config, tree, tmp_path, records, begin):
    """Someone whose joints all lie outside the box has no record, and counts as not found."""
    from zoo_tf2_rle.training.validate import Validation

    file = tmp_path / "coco/annotations/person_keypoints_val2017.json"
    file.parent.mkdir(parents=True)
    content = json.loads((tree / "annotations" / file.name).read_text())
    alone = min(image["id"] for image in content["images"])
    for entry in content["annotations"]:
        if entry["image_id"] == alone:
            entry["bbox"] = [0, 0, 2, 2]
    file.write_text(json.dumps(content))
    (tmp_path / "coco/images").symlink_to(tree / "images")
    pattern = records("val2017", "rewrite", tmp_path / "coco")
    sections = {"DATASET": {**make_config().model_dump()["DATASET"], "VAL": {"PATTERN": pattern}}}
    config = make_config(**sections, EVAL={"COCO_JSON": str(file)})
    dataset = held_back_records(config)
    assert dataset.missing() == [alone]
    options = TopDownRegressionOptions(**config.task_options(), flip_test=True)
    assert 0 <= Validation(dataset, TopDownRegression(options), 4).ap(begin(config)[0].network) < 1
