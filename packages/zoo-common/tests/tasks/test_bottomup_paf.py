"""The task from photographs of several sizes to a scored run, with a network that draws what the annotations say."""

import json

import cv2
import numpy as np
import pytest
from paf_network import DrawingNetwork, write_figures

from zoo_common.coco import ImageInfo, open_coco, read_image
from zoo_common.errors import ZooError
from zoo_common.evaluation import predict
from zoo_common.files import read_json
from zoo_common.runs import Shard, merge, score_run
from zoo_common.tasks import BottomUpPaf, Sample, task_from_protocol
from zoo_common.tasks.bottomup_paf import BottomUpPafOptions
from zoo_fakes import manifest_for

SMALL = BottomUpPafOptions(input_size=(184, 248))


def laid(task, image):
    sample = Sample(0, ImageInfo(1, "x.jpg", image.shape[1], image.shape[0]))
    (room,) = task.inputs([sample])
    task.preprocess(image, sample, room)
    return room


def test_aimets_input():
    image = np.zeros((480, 640, 3), np.uint8)
    image[...] = (0, 128, 255)
    room = laid(BottomUpPaf(BottomUpPafOptions()), image)
    assert room.shape == (3, 368, 496) and room.dtype == np.float32
    assert [set(np.unique(plane[:, :491])) for plane in room] == [{0.49609375}, {0.0}, {-0.5}]
    assert not room[:, :, 491:].any()
    assert room[None].transpose(0, 2, 3, 1).flags.c_contiguous


def test_raw_bgr_input():
    """What graphs of the tf-pose kind take: pixels as read, 0 to 255."""
    image = np.random.RandomState(0).randint(0, 256, (368, 360, 3)).astype(np.uint8)
    options = BottomUpPafOptions(color="bgr", scale=1, mean=(0, 0, 0))
    np.testing.assert_array_equal(laid(BottomUpPaf(options), image), image.transpose(2, 0, 1).astype(np.float32))


def test_any_memory_layout_is_filled_alike():
    task = BottomUpPaf(SMALL)
    image = np.random.RandomState(0).randint(0, 256, (150, 210, 3)).astype(np.uint8)
    expected = laid(task, image)
    room = np.empty(expected.shape, np.float32)
    task.preprocess(image, Sample(0, ImageInfo(1, "x.jpg", 210, 150)), room)
    np.testing.assert_array_equal(room, expected)


def test_protocol_builds_the_task_again_and_bad_fields_are_named():
    task = BottomUpPaf(BottomUpPafOptions(color="bgr", scale=1, max_peaks=50))
    protocol = json.loads(json.dumps(task.protocol()))
    assert protocol["max_peaks"] == 50
    assert task_from_protocol(protocol).protocol() == task.protocol()
    with pytest.raises(ZooError, match=r"card\.yaml: pad_value: .*256.*peaks: .*did you mean 'max_peaks'"):
        task_from_protocol({"task": "bottomup-paf", "pad_value": 256, "peaks": 1}, "card.yaml")


@pytest.fixture
def figures(tmp_path):
    return write_figures(tmp_path / "coco")


def run(dataset, task, out, shard=None, batch_size=3, **more):
    network = DrawingNetwork(dataset)
    predict(
        task, network, dataset, manifest_for(dataset, task, network, batch_size, shard, **more), out, progress=False
    )
    return network


def drawn(dataset, task, samples):
    batch = task.inputs(samples)
    for sample, room in zip(samples, batch):
        task.preprocess(read_image(dataset.image_path(sample.image)), sample, room)
    return task.infer(DrawingNetwork(dataset), batch)


def test_a_run_finds_the_people(figures, tmp_path):
    dataset, task = open_coco(figures), BottomUpPaf(SMALL)
    network = run(dataset, task, tmp_path / "run")
    assert network.shapes == [task.inputs([sample])[0].shape for sample in task.samples(dataset)]
    assert len(set(network.shapes)) > 2
    score = score_run(tmp_path / "run", dataset)
    assert score.stats["AP"] > 0.8 and score.image_count == len(dataset.images)
    entries = read_json(tmp_path / "run" / "results.json")
    absent = [k for entry in entries for k in np.reshape(entry["keypoints"], (17, 3)) if k[2] == 0]
    assert entries and absent and not np.any(absent)
    people = sum(len(dataset.annotations(image.id)) for image in dataset.images)
    assert len(entries) == people


def test_merged_shards_equal_the_whole_run(figures, tmp_path):
    dataset, task = open_coco(figures), BottomUpPaf(SMALL)
    run(dataset, task, tmp_path / "whole")
    for index in (1, 2):
        run(dataset, task, tmp_path / str(index), Shard(index=index, count=2))
    merge([tmp_path / "1", tmp_path / "2"], tmp_path / "merged")
    for name in ("predictions.jsonl", "results.json"):
        assert (tmp_path / "merged" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_a_missing_photograph_and_one_of_another_size(figures, tmp_path):
    dataset, task = open_coco(figures), BottomUpPaf(SMALL)
    dataset.image_path(dataset.images[1]).unlink()
    cv2.imwrite(str(dataset.image_path(dataset.images[4])), np.zeros((50, 60, 3), np.uint8))
    with pytest.raises(ZooError, match="no such image"):
        run(dataset, task, tmp_path / "strict")
    run(dataset, task, tmp_path / "run", skip_missing=True)
    manifest = read_json(tmp_path / "run" / "manifest.json")
    assert manifest["counts"]["images_failed"] == 2
    size = "{0.width} x {0.height}".format(dataset.images[4])
    assert manifest["failed"][1]["reason"].endswith("60 x 50 pixels, but the annotations say " + size)


def test_broken_maps_name_the_image(figures):
    dataset, task = open_coco(figures), BottomUpPaf(SMALL)
    samples = task.samples(dataset)[:1]
    maps = drawn(dataset, task, samples)
    maps[0].pafs[0, 0, 0] = np.inf
    with pytest.raises(ZooError, match=r"image 0+1\.jpg: the network returned numbers that are not finite"):
        task.postprocess(maps, samples)


def test_collapsed_maps_are_told_of(figures):
    dataset, task = open_coco(figures), BottomUpPaf(SMALL.model_copy(update={"max_peaks": 5}))
    samples = task.samples(dataset)[:1]
    rng = np.random.RandomState(0)
    (maps,) = drawn(dataset, task, samples)
    noise = type(maps)(*(rng.uniform(-1, 1, part.shape).astype(np.float32) for part in maps))
    found = task.postprocess([maps, noise], samples * 2)
    assert "capped_joints" not in found[0] and found[1]["capped_joints"] == 18


def test_disagreement_is_in_decibels(figures):
    dataset, task = open_coco(figures), BottomUpPaf(SMALL)
    maps = drawn(dataset, task, task.samples(dataset)[:3])
    louder = [type(part)(part.heatmaps * np.float32(1.1), part.pafs) for part in maps]
    found = task.disagreement([maps[:2], maps[2:]], [louder[:2], louder[2:]])
    assert found["heatmap_sqnr_db"] == pytest.approx(20, abs=1e-3) and "paf_sqnr_db" not in found
    assert found["sqnr_db"] > 20
