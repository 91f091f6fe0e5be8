import json

import cv2
import numpy as np
import pytest

from zoo_common.coco.check import check
from zoo_common.coco.layout import open_coco
from zoo_common.errors import ZooError


def person(number, image_id, **changes):
    entry = {"id": number, "image_id": image_id, "category_id": 1, "bbox": [1, 2, 3, 4], "area": 5.5, "iscrowd": 0}
    entry.update({"keypoints": [5, 6, 2] * 17, "num_keypoints": 17})
    entry.update(changes)
    return entry


def write(root, annotations, images=((1, 20, 10), (2, 20, 10), (3, 20, 10))):
    whole = {
        "images": [{"id": i, "file_name": "{}.png".format(i), "width": w, "height": h} for i, w, h in images],
        "annotations": annotations,
        "categories": [{"id": 1, "name": "person"}],
    }
    (root / "person_keypoints_val2017.json").write_text(json.dumps(whole))
    for image in images:
        cv2.imwrite(str(root / "{}.png".format(image[0])), np.zeros((10, 20, 3), np.uint8))


def test_clean(tmp_path):
    write(tmp_path, [person(1, 1), person(2, 3)])
    report = check(open_coco(tmp_path), deep=True)
    assert report.ok
    assert str(report).endswith("no faults found")
    assert report.to_dict()["findings"] == []


def test_every_fault_is_named_and_counted(tmp_path):
    annotations = [
        person(0, 1),
        person(5, 1, bbox=[1, 2, 0, 4]),
        person(6, 1, bbox=[1, 2, float("nan"), 4]),
        person(7, 1, keypoints=[1] * 50),
        person(8, 1, num_keypoints=3),
        person(9, 77),
        person(10, 1, category_id=4),
        person(10, 2),
        "nonsense",
        {},
    ]
    annotations += [person(1000 + i, 99) for i in range(30)]
    write(tmp_path, annotations, images=((1, 20, 10), (1, 20, 10), (2, 21, 10), (3, 20, 10), (4, 20, 10)))
    (tmp_path / "3.png").unlink()
    (tmp_path / "4.png").write_bytes(b"")
    report = check(open_coco(tmp_path, validate=False))
    found = {finding.kind: finding for finding in report.findings}
    counts = {kind: finding.count for kind, finding in found.items()}
    assert counts == {
        "images: id used twice": 1,
        "annotations: unusable bbox": 2,
        "annotations: unusable keypoints": 2,
        "annotations: unusable num_keypoints": 1,
        "annotations: unusable id": 1,
        "annotations: unusable image_id": 1,
        "annotations: unusable category_id": 1,
        "annotations: unusable area": 1,
        "annotations: unusable entry": 1,
        "annotations: id used twice": 1,
        "annotations: image_id not among images": 31,
        "annotations: category_id not among categories": 1,
        "annotations: box without area": 1,
        "annotations: id 0 (COCOeval takes a match with it for none)": 1,
        "annotations: num_keypoints disagrees with keypoints": 1,
        "photographs: size mismatch": 1,
        "photographs: missing": 1,
        "photographs: unreadable": 1,
    }
    orphans = found["annotations: image_id not among images"]
    assert (len(orphans.named), orphans.named[0]) == (20, "annotation 9: image_id 77")
    assert "... and 11 more" in str(report)
    assert "annotation 8: num_keypoints 3, but 17 labelled joints" in str(report)
    json.dumps(report.to_dict())


@pytest.mark.parametrize(
    "value", [None, 7, "text", [], {}, [None], {"id": None}, True, float("inf"), 10**400], ids=lambda v: str(v)[:9]
)
@pytest.mark.parametrize(
    "field", ["id", "image_id", "bbox", "area", "keypoints", "num_keypoints", "category_id", "iscrowd"]
)
def test_no_value_of_any_field_gives_a_traceback(tmp_path, field, value):
    write(tmp_path, [dict(person(1, 1), **{field: value})])
    str(check(open_coco(tmp_path, validate=False)))
    try:
        open_coco(tmp_path).fingerprint  # noqa: B018
    except ZooError as error:
        assert field in str(error)


def test_deep_finds_what_the_header_hides(tmp_path):
    write(tmp_path, [person(1, 1)])
    data = (tmp_path / "1.png").read_bytes()
    (tmp_path / "1.png").write_bytes(data[:-20])
    dataset = open_coco(tmp_path)
    assert check(dataset).ok
    (finding,) = check(dataset, deep=True).findings
    assert "1.png: truncated PNG" in finding.named[0]


def test_real(real_data):
    assert check(open_coco(real_data / "coco"), deep=False).ok
