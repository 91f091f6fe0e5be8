"""Which images the command line takes for evaluation and for calibration."""

import numpy as np
import pytest

from zoo_common import console
from zoo_common.coco import open_coco
from zoo_common.errors import ZooError
from zoo_common.frontend import CalibrationSet
from zoo_common.frontend.calibration import add_calibration_arguments
from zoo_common.frontend.sources import add_data_arguments, calibration_images, open_evaluated
from zoo_common.frontend.tfrecord import add_tfrecord
from zoo_common.tfrecord import convert, convert_people, find_records
from zoo_fakes import write_coco_tree

KIND = "person_keypoints"


@pytest.fixture
def train(coco_tree):
    return open_coco(write_coco_tree(coco_tree, images=4, split="train2017", first_id=500, seed=1), "train2017")


@pytest.fixture
def opened(train, records, dataset, small_task):
    """Open the evaluated dataset and, for `calibrated`, the first calibration batch's images."""

    def open_it(*argv, calibrated=False):
        parser = console.Parser(prog="test")
        add_data_arguments(parser)
        add_calibration_arguments(parser)
        args = parser.parse_args([str(arg) for arg in argv])
        evaluated = open_evaluated(args, KIND)
        calibration = CalibrationSet(small_task, evaluated, calibration_images(args, evaluated, KIND), 2)
        if not calibrated:
            return evaluated, args
        assert np.isfinite(next(iter(calibration.batches(2)))).all()
        return calibration.record()

    return open_it


def test_records_with_their_annotations_named_or_found(opened, records, dataset):
    named, args = opened("--tfrecords", records, "--annotations", dataset.annotation_file)
    found, _ = opened("--tfrecords", records, "--data", dataset.root)
    assert named.fingerprint == found.fingerprint == dataset.fingerprint
    assert named.index.places == found.index.places and not args.skip_missing
    assert opened("--data", dataset.root, "--annotations", dataset.annotation_file.name)[0].split == "val2017"


@pytest.mark.parametrize(
    "argv, reason",
    [
        (["--tfrecords", "RECORDS"], "give --annotations FILE or --data"),
        (["--data", "DATA", "--skip-corrupt"], "--skip-corrupt: of use with --tfrecords only"),
        (["--annotations", "a.json"], "--annotations: of which images"),
        (["--data", "DATA", "--calibration-annotations", "a.json"], "with --calibration-tfrecords only"),
        (["--data", "DATA", "--calibration-tfrecords", "RECORDS", "--calibration-split", "x"], "--calibration-split:"),
    ],
)
def test_options_that_do_not_go_together(argv, reason, opened, records, dataset):
    with pytest.raises(ZooError, match=reason):
        opened(*({"RECORDS": records, "DATA": dataset.root}.get(arg, arg) for arg in argv))


def test_skip_corrupt_counts_what_it_skips(opened, records, dataset, caplog):
    file = find_records(records)[0]
    data = bytearray(file.read_bytes())
    data[50] ^= 1
    file.write_bytes(bytes(data))
    argv = ["--tfrecords", records, "--data", dataset.root]
    with pytest.raises(ZooError, match="offset 0: damaged record"):
        opened(*argv, "--skip-missing")
    evaluated, args = opened(*argv, "--skip-corrupt")
    assert args.skip_missing and evaluated.missing() == [1]
    assert "offset 0: damaged record" in caplog.text


def test_calibration_beside_records(opened, records, train, dataset, tmp_path):
    evaluated = ["--tfrecords", records, "--annotations", dataset.annotation_file]
    with pytest.raises(ZooError, match="no images to calibrate on: give --calibration-tfrecords"):
        opened(*evaluated, calibrated=True)
    seen = opened(*evaluated, "--calibration-split", "evaluated", calibrated=True)
    assert (seen.split, seen.evaluated_images_seen) == ("val2017", seen.images)
    beside = opened(*evaluated, "--data", dataset.root, calibrated=True)
    assert (beside.split, beside.evaluated_images_seen) == ("train2017", 0)
    convert(train.limit(3), tmp_path / "train", "coco_train", progress=False)
    argv = [*evaluated, "--calibration-tfrecords", tmp_path / "train"]
    with pytest.raises(ZooError, match=r"image 500 is not among the images of .*val2017\.json"):
        opened(*argv, calibrated=True)
    own = opened(*argv, "--calibration-annotations", train.annotation_file, calibrated=True)
    assert (own.split, own.evaluated_images_seen) == ("train2017", 0)


def test_the_command_writes_what_evaluate_reads(opened, dataset, tmp_path, capsys):
    parser = console.Parser(prog="test")
    add_tfrecord(parser.add_subparsers())
    argv = ["tfrecord", "--data", dataset.root, "--kind", KIND, "--out", tmp_path / "out", "--shards", 2, "--stem", "x"]
    args = parser.parse_args([*map(str, argv), "--no-progress"])
    assert (args.function(args), args.function(args)) == (0, 0)
    first, second = [line for line in capsys.readouterr().out.splitlines() if "files (" in line]
    assert "9 images in 2 files (0 were there), 12 objects" in first and "(2 were there)" in second
    assert len(opened("--tfrecords", tmp_path / "out" / "x.*", "--data", dataset.root)[0].index.places) == 9


def test_records_of_people_evaluate_and_calibrate(opened, train, dataset, tmp_path):
    convert_people(dataset, tmp_path / "val", "val", dedup=True, progress=False)
    convert_people(train, tmp_path / "train", "train", progress=False)
    argv = ["--tfrecords", tmp_path / "val", "--data", dataset.root, "--calibration-tfrecords", tmp_path / "train"]
    evaluated, args = opened(*argv)
    assert evaluated.fingerprint == dataset.fingerprint and not args.skip_missing and evaluated.missing() == []
    own = opened(*argv, "--calibration-annotations", train.annotation_file, calibrated=True)
    assert (own.split, own.evaluated_images_seen) == ("train2017", 0)
