import json

import pytest

from zoo_common.coco.layout import open_annotations, open_coco
from zoo_common.errors import ZooError

BOX = [1.0, 2.0, 30.0, 40.0]


def annotation(number, image_id, **changes):
    entry = {"id": number, "image_id": image_id, "category_id": 1, "bbox": BOX, "area": 700.5, "iscrowd": 0}
    entry.update({"keypoints": [5, 6, 2] * 17, "num_keypoints": 17})
    entry.update(changes)
    return entry


def content(ids=(192, 36), name="{:012d}.jpg", **changes):
    images = [{"id": i, "file_name": name.format(i), "width": 64, "height": 48} for i in ids]
    whole = {
        "images": images,
        "annotations": [annotation(100 + i, i) for i in ids],
        "categories": [{"id": 1, "name": "person"}],
    }
    whole.update(changes)
    return whole


def put(root, path, whole):
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(whole) if not isinstance(whole, str) else whole)
    return file


@pytest.mark.parametrize(
    "annotations, name, photograph, folder",
    [
        (
            "annotations/person_keypoints_val2017.json",
            "{:012d}.jpg",
            "images/val2017/000000000192.jpg",
            "images/val2017",
        ),
        ("annotations/person_keypoints_val2017.json", "{:012d}.jpg", "val2017/000000000192.jpg", "val2017"),
        (
            "annotations/person_keypoints_val2014.json",
            "COCO_val2014_{:012d}.jpg",
            "images/val2014/COCO_val2014_000000000192.jpg",
            "images/val2014",
        ),
        (
            "annotations/person_keypoints_val2017.json",
            "{:012d}.jpg",
            "images/val2014/COCO_val2014_000000000192.jpg",
            "images/val2014",
        ),
        (
            "annotations/person_keypoints_val2014.json",
            "COCO_val2014_{:012d}.jpg",
            "val2014/000000000192.jpg",
            "val2014",
        ),
        ("person_keypoints_val2017.json", "{:012d}.jpg", "000000000192.jpg", ""),
        ("annotations.json", "{}.jpg", "192.jpg", ""),
        ("annotations/person_keypoints_val.json", "photos/day one/{}.png", "images/photos/day one/192.png", "images"),
        ("annotations/person_keypoints_val.json", "/home/me/old/{}.png", "images/192.png", "images"),
    ],
)
def test_layouts(tmp_path, annotations, name, photograph, folder):
    put(tmp_path, annotations, content(name=name))
    put(tmp_path, photograph, "")
    dataset = open_coco(tmp_path)
    assert [image.id for image in dataset.images] == [36, 192]
    assert dataset.image_path(dataset.images[1]) == tmp_path / photograph
    assert dataset.image_folder == tmp_path / folder
    assert "\n" not in dataset.describe()
    assert "2 images, 2 annotations" in dataset.describe()
    assert not dataset.image_path(dataset.images[0]).exists()


def test_coco_url_finds_a_renamed_photograph(tmp_path):
    whole = content(ids=(5,), name="renamed_{}.jpg")
    whole["images"][0]["coco_url"] = "http://images.cocodataset.org/val2017/000000000099.jpg"
    put(tmp_path, "annotations/person_keypoints_val2017.json", whole)
    photograph = put(tmp_path, "val2017/000000000099.jpg", "")
    dataset = open_coco(tmp_path)
    assert dataset.image_path(dataset.images[0]) == photograph


def test_image_folder_as_root(tmp_path):
    put(tmp_path, "annotations/person_keypoints_val2017.json", content())
    put(tmp_path, "annotations/person_keypoints_train2017.json", content(ids=(7,)))
    photograph = put(tmp_path, "train2017/000000000007.jpg", "")
    dataset = open_coco(tmp_path / "train2017")
    assert (dataset.split, dataset.image_path(dataset.images[0])) == ("train2017", photograph)


def test_preferred_split_and_named_files(tmp_path):
    for split, ids in (("train2017", (1,)), ("val2014", (2,)), ("val2017", (3,))):
        put(tmp_path, "annotations/person_keypoints_{}.json".format(split), content(ids=ids))
    assert open_coco(tmp_path).split == "val2017"
    assert [i.id for i in open_coco(tmp_path, "train2017").images] == [1]
    named = open_coco(tmp_path, annotations="annotations/person_keypoints_val2014.json", images=tmp_path)
    assert (named.split, named.image_folder) == ("val2014", tmp_path)


def test_names_that_leave_the_folder_count_by_their_last_component(tmp_path):
    put(tmp_path, "root/annotations/person_keypoints_val.json", content(ids=(1,), name="../../secret{}.jpg"))
    put(tmp_path, "secret1.jpg", "")
    dataset = open_coco(tmp_path / "root")
    assert not dataset.image_path(dataset.images[0]).exists()


def test_nothing_found_says_what_was_looked_for(tmp_path):
    put(tmp_path, "annotations/captions_val2017.json", "{}")
    with pytest.raises(ZooError, match=r"no person_keypoints_\*.json in .*annotations or .*captions_val2017.json"):
        open_coco(tmp_path)
    with pytest.raises(ZooError, match=r"no person_keypoints_val2014.json in"):
        open_coco(tmp_path, "val2014")
    with pytest.raises(ZooError, match="no such folder"):
        open_coco(tmp_path / "absent")
    with pytest.raises(ZooError, match="did you mean 'instances'"):
        open_coco(tmp_path, kind="instance")
    put(tmp_path, "annotations/person_keypoints_a.json", "{}")
    put(tmp_path, "annotations/person_keypoints_b.json", "{}")
    with pytest.raises(ZooError, match=r"several annotation files.*_a.json, person_keypoints_b.json"):
        open_coco(tmp_path)


@pytest.mark.parametrize(
    "whole, message",
    [
        ("{", "broken JSON at line 1"),
        ("", "broken JSON"),
        ("[]", r"expected a COCO dictionary, got \[\]"),
        ('{"images": []}', "field 'annotations' is missing"),
        ('{"images": {}, "annotations": []}', "field 'images' must be a list, got {}"),
        (content(images=[7]), r"images\[0\]: must be a dictionary, got 7"),
        (content(images=[{"id": 3, "file_name": "a", "width": 0, "height": 4}]), "image 3: width must be .* got 0"),
        (
            content(images=[{"id": [1], "file_name": "a", "width": 3, "height": 4}]),
            r"images\[0\]: id must be an integer",
        ),
        (content(annotations=[annotation(8, [36])]), r"annotation 8: image_id must be an integer, got \[36\]"),
        (content(annotations=[annotation(8, 36, bbox=[1, 2, 3])]), "annotation 8: bbox must be 4 finite numbers"),
        (content(annotations=[annotation(8, 36, area=float("nan"))]), "annotation 8: area .* got nan"),
        (content(annotations=[annotation(8, 36, keypoints=[1, 2])]), "annotation 8: keypoints .* got 2 values"),
        (content(annotations=[annotation(8, 36, iscrowd="no")]), "annotation 8: iscrowd must be 0 or 1, got 'no'"),
        (content(annotations=[annotation(8, 36), annotation(8, 36)]), "annotation 8: id used twice"),
        (content(ids=(4, 4)), "image 4: id used twice"),
    ],
)
def test_faulty_annotations_are_named(tmp_path, whole, message):
    file = put(tmp_path, "annotations/person_keypoints_val2017.json", whole)
    with pytest.raises(ZooError, match=message) as caught:
        open_coco(tmp_path)
    assert str(file) in str(caught.value)


def test_fingerprint_depends_on_what_is_scored_only(tmp_path):
    def fingerprint(whole, indent=None):
        file = tmp_path / "instances_x.json"
        file.write_text(json.dumps(whole, indent=indent))
        return open_annotations(file, "person_keypoints").fingerprint

    base = fingerprint(content())
    turned = content(ids=(36, 192), name="other{}.jpg", info={"year": 1})
    turned["annotations"] = [dict(sorted(a.items(), reverse=True), segmentation=[]) for a in turned["annotations"]]
    turned["annotations"][0]["bbox"] = [1, 2, 30, 40]
    assert fingerprint(turned, indent=3) == base
    for field, value in (("area", 700.6), ("iscrowd", 1), ("num_keypoints", 16), ("bbox", [1, 2, 30, 41])):
        changed = content()
        changed["annotations"][0][field] = value
        assert fingerprint(changed) != base
    assert fingerprint(content(ids=(36,))) != base


def test_subset_and_limit(tmp_path):
    file = put(tmp_path, "person_keypoints_val2017.json", content(ids=(9, 3, 6)))
    dataset = open_coco(tmp_path)
    assert [i.id for i in dataset.limit(2).images] == [3, 6]
    assert [i.id for i in dataset.limit(99).images] == [3, 6, 9]
    part = dataset.subset([9])
    assert (len(part), part.annotations(9)[0]["id"], len(dataset)) == (1, 109, 3)
    assert part.fingerprint == dataset.subset([9]).fingerprint != dataset.fingerprint
    for wrong in (lambda: part.annotations(3), lambda: dataset.subset([3, 4]), lambda: dataset.limit(0)):
        with pytest.raises(ZooError):
            wrong()
    assert open_annotations(file, "person_keypoints").fingerprint == dataset.fingerprint


def test_real_layout(real_data):
    dataset = open_coco(real_data / "coco")
    assert (dataset.split, len(dataset)) == ("val2017", 184)
    assert all(dataset.image_path(image).is_file() for image in dataset.images)
