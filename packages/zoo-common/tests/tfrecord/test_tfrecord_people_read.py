"""Records of people as a list to train on, and as the images of an evaluation."""

import json

import numpy as np
import pytest

from zoo_common.coco import open_coco
from zoo_common.errors import ZooError
from zoo_common.evaluation import predict
from zoo_common.tfrecord import (
    PersonRecords,
    convert,
    convert_people,
    decode_example,
    encode_example,
    open_people,
    open_records,
    read_records,
    write_record,
)
from zoo_fakes import manifest_for

KIND = "person_keypoints"


@pytest.fixture(params=[False, True], ids=["plain", "dedup"])
def people(request, dataset, tmp_path):
    """The folder of twelve people of six images in shards of four."""
    convert_people(dataset, tmp_path / "people", "val", 4, request.param, progress=False)
    return tmp_path / "people"


@pytest.fixture
def one(dataset, tmp_path):
    """Write a file of two people of image 7, one value of the second changed (``None``: absent)."""
    plain = convert_people(dataset, tmp_path / "plain", "val", progress=False).files[0]
    both = [decode_example(record.payload) for record in read_records(plain)][1:3]

    def write(**changes):
        both[1].update(changes)
        path = tmp_path / "one.tfrecord"
        with path.open("wb") as stream:
            for example in both:
                write_record(stream, encode_example({k: v for k, v in example.items() if v is not None}))
        return path

    return write


def flip_bit(file, at):
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(bytes(data))


def test_a_sequence_of_people(people, dataset):
    found = open_people(people)
    entries = [entry for image in dataset.images for entry in dataset.annotations(image.id)]
    assert len(found) == len(list(found)) == 12 and found.boxes.dtype == found.keypoints.dtype == np.float32
    for person, entry in zip(found, entries):
        assert person.image_id == entry["image_id"] and person.box.shape == (4,)
        np.testing.assert_array_equal(person.keypoints, np.reshape(entry["keypoints"], (17, 3)))
    images = {image.id: image for image in dataset.images}
    assert found.encoded(10) == dataset.image_path(images[10]).read_bytes()
    np.testing.assert_array_equal(found.read(found[11].image_id), dataset.read(images[22]))


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"img_id": None}, "img_id: holds nothing, must hold 1 numbers"),
        ({"img_id": [b"7"]}, "img_id: holds 1 strings, must hold 1 numbers"),
        ({"img_id": np.array([7.5])}, "img_id: 7.5 is not an integer"),
        ({"bbox": np.ones(3)}, "bbox: holds 3 numbers, must hold 4 numbers"),
        ({"bbox": np.array([1, 2, np.nan, 4])}, r"bbox: \[1.0, 2.0, nan, 4.0\] are not all finite"),
        ({"bbox": np.array([1, 2, 0, 4])}, r"bbox: \[1, 2, 0, 4\] has no width or no height"),
        ({"keypoints": np.ones(17)}, "keypoints: holds 17 numbers, must hold 51 numbers"),
        ({"keypoints": np.full(51, np.inf)}, "keypoints: .*are not all finite"),
        ({"image_raw": None}, "image_raw: is missing"),
        ({"image_raw": [b"a", b"b"]}, "image_raw: must be one string of bytes, not 2 values"),
        ({"image_raw": [b"other"]}, r"image_raw: not the bytes that image 7 has at .*one\.tfrecord: offset 0"),
        ({"img_id": np.array([8]), "image_raw": [b""]}, "image_raw: empty, and no record before it holds image 8"),
    ],
)
def test_what_is_no_person_is_named(changes, reason, one):
    path = one(**changes)
    offset = list(read_records(path))[1].offset
    with pytest.raises(ZooError, match=r"one\.tfrecord: offset {}: {}".format(offset, reason)):
        PersonRecords([path])


def test_numbers_may_be_integers_and_images_any_bytes_until_they_are_decoded(one):
    found = PersonRecords([one(bbox=np.array([1, 2, 3, 4]), img_id=np.array([9]), image_raw=[b"GIF89a"])])
    assert found[1].box.tolist() == [1, 2, 3, 4] and found.encoded(9) == b"GIF89a"
    with pytest.raises(ZooError, match=r"one\.tfrecord: offset \d+: image_raw: not a JPEG"):
        found.read(9)


def test_damage_is_named_or_skipped_with_those_it_leaves_without_an_image(people):
    file = people / "val_12_0000.tfrecord"
    offsets = [record.offset for record in read_records(file)]
    flip_bit(file, offsets[1] + 100)
    with pytest.raises(ZooError, match=r"0000\.tfrecord: offset {}: damaged record".format(offsets[1])):
        open_people(people)
    found = open_people(people, skip_corrupt=True)
    alone = bool(found.corrupt[1:])
    assert len(found) == (10 if alone else 11) and (7 in found.places) is not alone
    assert not alone or "image_raw: empty, and no record before it holds image 7" in found.corrupt[1]
    file.write_bytes(file.read_bytes()[: offsets[1] + 20])
    with pytest.raises(ZooError, match=r"0000\.tfrecord: offset {}: truncated record".format(offsets[1])):
        open_people(people)


def test_a_folder_is_whole_or_says_so(people, tmp_path):
    files = sorted(people.glob("*.tfrecord"))
    last = files[-1].read_bytes()
    files[-1].unlink()
    with pytest.raises(ZooError, match=r"holds \d+ people in \d files, and their names say 12: a shard is missing"):
        open_people(people)
    assert 8 <= len(open_people(people / "val_12_*")) < 12
    files[-1].write_bytes(last)
    files[1].unlink()
    with pytest.raises(ZooError, match=r"people: 1 of the shards are missing: val_12_0001\.tfrecord"):
        open_people(people)
    files[0].with_name("train_12_0000.tfrecord").write_bytes(last)
    with pytest.raises(ZooError, match=r"several record sets, give one: train_12_\*\.tfrecord, val_12_\*"):
        open_people(people)
    with pytest.raises(ZooError, match=r"no records of people, .*; there: people/train_12_\*\.tfrecord, people/val_12"):
        open_people(tmp_path)


def test_an_evaluation_on_records_of_people_is_that_on_files(people, dataset, small_task, colour_network, tmp_path):
    found = open_records(people, dataset.annotation_file, KIND)
    assert (len(found), found.missing(), found.fingerprint) == (9, [], dataset.fingerprint), "nobody is in 1, 13, 25"
    assert "9 images, 12 annotations; 12 people of 6 images in" in found.describe()
    for name, source in (("of files", dataset), ("of people", found)):
        predict(small_task, colour_network, source, manifest_for(source, small_task, colour_network), tmp_path / name)
    for name in ("manifest.json", "predictions.jsonl", "results.json"):
        assert (tmp_path / "of files" / name).read_bytes() == (tmp_path / "of people" / name).read_bytes()
    with pytest.raises(ZooError, match=r"no record of image 1, for records of people hold no image without a person$"):
        found.read(found.images[0])
    assert [image.id for image in found.limit(3).present().images] == [4, 7]


def test_an_image_with_people_but_no_record_is_missing(dataset, tmp_path):
    document = json.loads(dataset.annotation_file.read_text())
    document["annotations"][0]["keypoints"][0::3] = [79] * 17
    dataset.annotation_file.write_text(json.dumps(document))
    changed = open_coco(dataset.root)
    assert convert_people(changed, tmp_path / "rewrite", "val", progress=False).left_out == 1
    reason = r"no records of 1 of the 9 images of .*: 4 \(--skip-missing .*; the rewrite keeps nobody of them, and .*"
    with pytest.raises(ZooError, match=reason + r"--keep gluoncv would\)"):
        open_records(tmp_path / "rewrite", dataset.annotation_file, KIND)
    found = open_records(tmp_path / "rewrite", dataset.annotation_file, KIND, allow_missing=True)
    assert found.missing() == [4] and found.describe().endswith("; images without a record: 1")
    convert_people(changed, tmp_path / "gluoncv", "val", keep="gluoncv", progress=False)
    assert open_records(tmp_path / "gluoncv", dataset.annotation_file, KIND).missing() == []


def test_a_missing_shard_is_missing_images(people, dataset):
    first = people / "val_12_0000.tfrecord"
    with pytest.raises(ZooError, match=r"no records of \d of the 9 images of .*\(--skip-missing .* counts them\)$"):
        open_records(first, dataset.annotation_file, KIND)
    with pytest.raises(ZooError, match="image 4 is not among the images"):
        other = dataset.annotation_file.with_name("person_keypoints_other.json")
        other.write_text(json.dumps(dict(dataset.content, images=dataset.content["images"][:1], annotations=[])))
        open_records(people, other, KIND)


def test_people_and_images_side_by_side(people, dataset):
    convert(dataset, people, shards=1, progress=False)
    assert open_records(people, dataset.annotation_file, KIND).describe().count("9 records in 1 files") == 1
    found = open_records(people / "val_12_*", dataset.annotation_file, KIND)
    assert isinstance(found.index, PersonRecords)
