"""The task from photographs of several sizes to a scored run, with a network that answers what the annotations say."""

import json

import numpy as np
import pytest
from box_network import CATEGORIES, AnsweringNetwork, write_objects

from zoo_common.boxes import BoxOutputs, legacy_bilinear
from zoo_common.coco import ImageInfo, open_coco
from zoo_common.errors import ZooError
from zoo_common.evaluation import predict
from zoo_common.files import read_json
from zoo_common.runs import score_run
from zoo_common.runs.facts import load_facts
from zoo_common.runs.listing import row_of
from zoo_common.tasks import BoxDetection, Sample, task_from_protocol
from zoo_common.tasks.box_detection import sigmoid
from zoo_common.tasks.box_options import BoxDetectionOptions
from zoo_fakes import manifest_for

SMALL = BoxDetectionOptions(input_size=(96, 128))


def laid(task, image, room=None):
    sample = Sample(0, ImageInfo(1, "x.jpg", image.shape[1], image.shape[0]))
    room = task.inputs([sample])[0] if room is None else room
    task.preprocess(image, sample, room)
    return room


@pytest.fixture
def photograph():
    return np.random.RandomState(0).randint(0, 256, (150, 210, 3)).astype(np.uint8)


def test_the_input(photograph):
    task = BoxDetection(SMALL)
    room = laid(task, photograph)
    pixels = np.floor(legacy_bilinear(photograph, (96, 128)))[..., ::-1]
    np.testing.assert_allclose(room, (pixels / 127.5 - 1).transpose(2, 0, 1), atol=1e-6)
    assert room.dtype == np.float32 and room.transpose(1, 2, 0).flags.c_contiguous
    np.testing.assert_array_equal(laid(task, photograph, np.empty((3, 96, 128), np.float32)), room)


def test_raw_pixels_with_fractions(photograph):
    options = {"input_size": (96, 128), "color": "bgr", "scale": 1, "mean": (0, 0, 0), "truncate": False}
    found = laid(BoxDetection(BoxDetectionOptions(**options)), photograph)
    np.testing.assert_array_equal(found, legacy_bilinear(photograph, (96, 128)).transpose(2, 0, 1))
    whole = laid(BoxDetection(BoxDetectionOptions(**dict(options, truncate=True))), photograph)
    np.testing.assert_array_equal(whole, np.floor(found))


def test_protocol_builds_the_task_again_and_bad_fields_are_named():
    options = {"num_classes": 4, "category_ids": list(CATEGORIES), "anchors": {"layers": 2, "scales": [0.1, 0.4]}}
    task = task_from_protocol(dict(options, task="box-detection", clip="after"))
    protocol = json.loads(json.dumps(task.protocol()))
    assert protocol["category_ids"] == list(CATEGORIES) and protocol["anchors"]["scales"] == [0.1, 0.4]
    again = task_from_protocol(protocol)
    assert again.protocol() == task.protocol() and again.anchors.shape == (19 * 19 * 3 + 10 * 10 * 6, 4)
    for field, value, message in (
        ("clip", "never", r"card\.yaml: clip: .*'never'"),
        ("category_ids", [1], "1 category_ids for 4 classes"),
        ("anchors", {"layers": 3, "scales": [0.1]}, "anchors: .*1 scales for 3 layers"),
        ("iou_treshold", 0.5, "did you mean 'iou_threshold'"),
    ):
        with pytest.raises(ZooError, match=message):
            task_from_protocol(dict(options, task="box-detection", **{field: value}), "card.yaml")


@pytest.fixture
def dataset(tmp_path):
    return open_coco(write_objects(tmp_path / "coco"), kind="instances")


def run(dataset, task, network, out, batch_size=3):
    predict(task, network, dataset, manifest_for(dataset, task, network, batch_size), out, progress=False)


@pytest.mark.parametrize("more", [{}, {"num_classes": 4, "category_ids": CATEGORIES, "clip": "after"}])
def test_a_run_finds_the_objects(dataset, tmp_path, more):
    task = BoxDetection(SMALL.model_copy(update=more))
    network = AnsweringNetwork(dataset, task)
    run(dataset, task, network, tmp_path / "run")
    assert network.sizes == [(3, 3, 96, 128), (3, 3, 96, 128), (2, 3, 96, 128)]
    score = score_run(tmp_path / "run", dataset)
    assert score.stats["AP"] > 0.99 and score.image_count == len(dataset.images)
    assert row_of(load_facts(tmp_path / "run"))["AR100"] == score.stats["AR100"]
    sure = [entry for entry in read_json(tmp_path / "run" / "results.json") if entry["score"] > 0.5]
    truth = [entry for image in dataset.images for entry in dataset.annotations(image.id)]
    sure.sort(key=lambda entry: (entry["image_id"], entry["bbox"][0]))
    assert [entry["category_id"] for entry in sure] == [entry["category_id"] for entry in truth]
    expected = np.array([entry["bbox"] for entry in truth])
    np.testing.assert_allclose([entry["bbox"] for entry in sure], expected, atol=2e-3)


def test_records_do_not_depend_on_the_batch(dataset, tmp_path):
    task = BoxDetection(SMALL)
    network = AnsweringNetwork(dataset, task)
    for size in (1, 8):
        run(dataset, task, network, tmp_path / str(size), size)
    one, eight = ((tmp_path / size / "predictions.jsonl").read_bytes() for size in ("1", "8"))
    assert one == eight
    records = [json.loads(line) for line in one.splitlines()]
    assert all(len(record["scores"]) == 100 and record["boxes"] for record in records)


def outputs(task, images=1):
    rng = np.random.RandomState(0)
    count, classes = len(task.anchors), task.options.num_classes + 1
    return BoxOutputs(*(rng.randn(images, count, width).astype(np.float32) for width in (4, classes)))


def test_another_number_of_anchors_or_classes():
    task = BoxDetection(SMALL)
    codes, logits = outputs(task)
    batch = np.zeros((1, 3, 96, 128), np.float32)
    message = r"box codes of shape \[1, 1917, 4\], but the protocol has 258 anchors: \[1, 258, 4\]"
    with pytest.raises(ZooError, match=message):
        task.infer(lambda _: (np.zeros((1, 1917, 4)), logits), batch)
    with pytest.raises(ZooError, match=r"class logits of shape \[1, 258, 90\], but .* 91 classes with background"):
        task.infer(lambda _: (codes, logits[..., 1:]), batch)


@pytest.mark.parametrize("part", [0, 1])
def test_outputs_that_are_not_finite_name_the_image(part):
    task = BoxDetection(SMALL)
    found = outputs(task)
    found[part][0, 5, 0] = np.nan
    with pytest.raises(ZooError, match=r"image x\.jpg: the network returned numbers that are not finite"):
        task.postprocess(found, [Sample(0, ImageInfo(1, "x.jpg", 64, 64))])


def test_a_photograph_of_another_size(photograph):
    task = BoxDetection(SMALL)
    sample = Sample(0, ImageInfo(1, "x.jpg", 60, 50))
    with pytest.raises(ZooError, match="210 x 150 pixels, but the annotations say 60 x 50"):
        task.preprocess(photograph, sample, task.inputs([sample])[0])


def test_disagreement_is_in_decibels():
    task = BoxDetection(SMALL)
    codes, logits = outputs(task, 3)
    louder = BoxOutputs(codes, logits * np.float32(1.1))
    found = task.disagreement([BoxOutputs(codes, logits)], [louder])
    assert found["logit_sqnr_db"] == pytest.approx(20, abs=1e-3) and "box_sqnr_db" not in found
    assert found["sqnr_db"] > 20


def test_sigmoid():
    found = sigmoid(np.float32([-200, -2, 0, 2, 200]))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, [0, 0.11920292, 0.5, 0.880797, 1], rtol=1e-6)
