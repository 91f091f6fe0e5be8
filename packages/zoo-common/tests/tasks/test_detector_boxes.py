import json

import numpy as np
import pytest

from zoo_common.coco import open_coco
from zoo_common.errors import ZooError
from zoo_common.evaluation import predict
from zoo_common.tasks import task_from_protocol
from zoo_fakes import manifest_for

BOX = [10.0, 12.0, 30.0, 20.0]


def detections(path, *entries):
    path.write_text(json.dumps([dict({"category_id": 1, "score": 0.5, "bbox": BOX}, **entry) for entry in entries]))
    return path


def test_boxes_are_taken_as_they_are(coco_tree, small_task, tmp_path):
    dataset = open_coco(coco_tree)
    image = dataset.images[0]
    outside = [-20.0, -5.0, 40.0, 30.0]
    boxes = detections(tmp_path / "boxes.json", {"image_id": image.id, "bbox": outside, "score": 0.7})
    (person,) = small_task.with_detections(boxes).samples(dataset)
    assert person.centre.tolist() == [0.0, 10.0]
    assert person.box_score == 0.7
    assert person.annotation_id is None


def test_others_than_people_low_scores_and_empty_boxes_are_left_out(coco_tree, small_task, tmp_path):
    dataset = open_coco(coco_tree)
    ids = [image.id for image in dataset.images]
    boxes = detections(
        tmp_path / "boxes.json",
        {"image_id": ids[2], "score": 0.9},
        {"image_id": ids[1], "score": 0.29},
        {"image_id": ids[1], "score": 0.3},
        {"image_id": ids[1], "category_id": 18, "score": 0.9},
        {"image_id": ids[1], "bbox": [1, 1, 0, 5], "score": 0.9},
        {"image_id": 10**9, "score": 0.9},
    )
    people = small_task.with_detections(boxes, 0.3).samples(dataset)
    assert [(person.index, person.image.id, person.box_score) for person in people] == [
        (0, ids[1], 0.3),
        (1, ids[2], 0.9),
    ]


def test_the_score_of_the_box_multiplies(coco_tree, small_task, colour_network, tmp_path):
    dataset = open_coco(coco_tree)
    scores = {}
    for score in (1.0, 0.25):
        boxes = detections(tmp_path / "boxes.json", {"image_id": dataset.images[0].id, "score": score})
        task = small_task.with_detections(boxes)
        out = tmp_path / str(score)
        manifest = manifest_for(dataset, task, colour_network)
        predict(task, colour_network, dataset, manifest, out, workers=1, progress=False)
        (entry,) = json.loads((out / "results.json").read_text())
        scores[score] = entry["score"]
    assert scores[0.25] == pytest.approx(0.25 * scores[1.0], abs=1e-7)


def test_the_protocol_names_the_file_and_needs_it_only_for_samples(coco_tree, small_task, tmp_path):
    boxes = detections(tmp_path / "boxes.json", {"image_id": 1})
    task = small_task.with_detections(boxes, 0.25)
    protocol = task.protocol()
    assert (protocol["boxes"], protocol["box_threshold"], len(protocol["detections_sha256"])) == ("detector", 0.25, 64)
    again = task_from_protocol(protocol)
    assert again.protocol() == protocol
    with pytest.raises(ZooError, match="--boxes"):
        again.samples(open_coco(coco_tree))


def test_calibration_takes_annotated_people(coco_tree, small_task, tmp_path):
    dataset = open_coco(coco_tree)
    boxes = detections(tmp_path / "boxes.json", {"image_id": dataset.images[0].id})
    calibrating = small_task.with_detections(boxes).for_calibration()
    assert calibrating.protocol() == small_task.protocol()
    expected = small_task.samples(dataset)
    found = calibrating.samples(dataset)
    assert [person.annotation_id for person in found] == [person.annotation_id for person in expected]
    assert all(np.array_equal(a.centre, b.centre) for a, b in zip(found, expected))


@pytest.mark.parametrize(
    "entry, message",
    [
        ({"image_id": 1, "bbox": [1, 2, 3]}, "entry 0: bbox must be 4 finite numbers"),
        ({"image_id": 1, "category_id": 3}, "none of its 1 detections is a person"),
        ({"image_id": 1, "score": 0.1}, "score of 0.2 or more"),
    ],
)
def test_no_boxes_is_said(entry, message, small_task, tmp_path):
    with pytest.raises(ZooError, match=message):
        small_task.with_detections(detections(tmp_path / "boxes.json", entry), 0.2)


def test_boxes_of_other_images_are_said(coco_tree, small_task, tmp_path):
    boxes = detections(tmp_path / "boxes.json", {"image_id": 10**9})
    with pytest.raises(ZooError, match="none of its boxes is on one of the"):
        small_task.with_detections(boxes).samples(open_coco(coco_tree))
