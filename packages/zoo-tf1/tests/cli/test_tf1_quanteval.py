"""`pose-estimation-quanteval`: the script's flags, obeyed."""

import json
import shutil

import pytest

from zoo_tf1.cli import main as zoo_tf1
from zoo_tf1.cli import quanteval


def translated(*argv):
    line = quanteval.translate(quanteval.parser().parse_args([str(item) for item in argv]))
    return vars(zoo_tf1.parser().parse_args(line))


@pytest.mark.parametrize("flag", ["--dataset-path", "--dataset_path"])
def test_both_spellings_and_the_script_s_defaults(flag, tree):
    args = translated(flag, tree)
    assert (args["model"], args["precision"], str(args["data"])) == ("pose_estimation", "w8a8", str(tree))
    assert (args["limit"], args["split"], args["calibration_split"]) == (None, None, None)


@pytest.mark.parametrize(("model", "precision"), [("fp32", "fp32"), ("int8", "w8a8")])
def test_num_imgs_holds_for_both_models(model, precision, tree):
    args = translated("--dataset-path", tree, "--model-to-eval", model, "--num-imgs", 3, "-qs", "tf")
    assert (args["precision"], args["limit"], args["scheme"]) == (precision, 3, "tf")


def test_val2014_is_preferred_where_there_is_one(tree, tmp_path):
    annotations = tmp_path / "coco" / "annotations"
    annotations.mkdir(parents=True)
    for split in ("val2014", "val2017"):
        name = "person_keypoints_{}.json"
        shutil.copy(str(tree / "annotations" / name.format("val2017")), str(annotations / name.format(split)))
    assert translated("--dataset-path", tmp_path / "coco")["split"] == "val2014"
    assert translated("--dataset-path", tmp_path / "coco", "--split", "val2017")["split"] == "val2017"


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--num-imgs", "0"], "'0' is not a whole number of at least 1"),
        (["--num-imgs", "-5"], "'-5' is not a whole number of at least 1"),
        (["--model-to-eval", "int4"], "unknown 'int4'"),
        (["--representative-datapath", "x"], "did nothing in the script"),
        (["--graph", "none.meta"], "no file or folder none.meta"),
        (["--dataset-path", "nowhere", "--graph", "GRAPH"], "nowhere: no such folder"),
    ],
)
def test_mistakes(argv, message, tree, graphs, capsys):
    argv = [str(graphs["checkpoint"]) if item == "GRAPH" else item for item in argv]
    with pytest.raises(SystemExit) as stop:
        quanteval.main(["--dataset-path", str(tree), *argv])
    assert stop.value.code == 2
    error = capsys.readouterr().err.strip()
    assert message in error and "\n" not in error


def test_it_runs_a_checkpoint_of_these_names(tree, tmp_path, monkeypatch, capsys, checkpoint184):
    monkeypatch.chdir(tmp_path)
    argv = ["--dataset_path", tree, "--graph", checkpoint184, "--num-imgs", 2, "--calibration-samples", 2]
    for model in ("fp32", "int8"):
        with pytest.raises(SystemExit) as stop:
            quanteval.main([str(item) for item in [*argv, "--model-to-eval", model, "--threads", 1]])
        assert stop.value.code == 0
    manifests = [json.loads(path.read_text()) for path in (tmp_path / "runs").glob("*/manifest.json")]
    assert sorted(item["precision"] for item in manifests) == ["fp32", "w8a8"]
    assert [item["counts"]["images"] for item in manifests] == [2, 2]
    (quantized,) = [item for item in manifests if item["precision"] == "w8a8"]
    assert quantized["calibration"]["split"] == "train2017"
    assert quantized["calibration"]["evaluated_images_seen"] == 0
