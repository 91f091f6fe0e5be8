"""The YAML of a training: the rewrite's own file parses, and what is wrong with one is a single line."""

from pathlib import Path

import pytest
import yaml

from zoo_common.errors import ZooError
from zoo_common.tasks.topdown_regression import TopDownRegressionOptions
from zoo_tf2_rle.training.config import Config, read_config
from zoo_tf2_rle.training.schedule import Schedule

FOLDER = Path(__file__).parents[2] / "config"


def test_the_rewrites_own_file():
    config = read_config(FOLDER / "256x192_res50_regress-flow.yaml")
    assert config.backbone() == "resnet50_v1_5" and config.DATASET.TRAIN.EXAMPLES == 149544
    assert config.task_options()["mean"] == (0.485, 0.456, 0.406)
    assert config.AUG.KP_FLIP[5:7] == (6, 5) == Config().AUG.KP_FLIP[5:7] and config.EVAL.FLIP_TEST
    schedule = Schedule(config, 149544)
    assert (schedule.epoch, schedule.steps) == (4674, 270 * 4674)
    rates = [schedule.rate(4674 * epoch - 1) for epoch in (170, 171, 201)]
    assert rates == pytest.approx([1e-3, 1e-4, 1e-5])
    assert [schedule.evaluate_at(4674 * epoch) for epoch in (4, 5, 6, 270)] == [False, True, False, True]
    assert [schedule.save_at(done) for done in (499, 500, 4674)] == [False, True, True]


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.yaml")), ids=lambda file: file.name)
def test_every_committed_file_is_a_protocol(file):
    options = read_config(file).task_options()
    assert TopDownRegressionOptions(**options).input_size == read_config(file).DATASET.COMMON.INPUT_SHAPE[:2]


def test_a_date_that_is_none(tmp_path):
    (tmp_path / "c.yaml").write_text("MODEL: {NAME: 2017-99-99}")
    with pytest.raises(ZooError, match=r"c\.yaml: not YAML: month must be in 1\.\.12"):
        read_config(tmp_path / "c.yaml")


def test_an_empty_file_is_the_official_recipe(tmp_path):
    (tmp_path / "c.yaml").write_text("")
    config = read_config(tmp_path / "c.yaml")
    assert config == Config() and config.OPTIONS.REDUCTION == "sum" and config.OPTIONS.SLOPE == 0.01
    assert config.task_options()["std"] == (1, 1, 1)
    raw = Config.model_validate({"DATASET": {"COMMON": {"IMAGE_NORM": False}}}).task_options()
    assert (raw["mean"], raw["std"]) == ((0, 0, 0), (1, 1, 1))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"TRIAN": {}}, "TRIAN: unknown field; did you mean 'TRAIN'?"),
        ({"TRAIN": {"BATCHSIZE": 4}}, "TRAIN.BATCHSIZE: unknown field; did you mean 'BATCH_SIZE'?"),
        ({"DATASET": {"TRAIN": {"PATERN": "x"}}}, "DATASET.TRAIN.PATERN: unknown field; did you mean 'PATTERN'?"),
        ({"DATASET": {"COMMON": {"MEAN": 1}}}, "DATASET.COMMON.MEAN: unknown field; did you mean 'MEANS'?"),
        ({"TRAIN": {"LR": 0}}, "TRAIN.LR: Input should be greater than 0 (got 0)"),
        ({"TRAIN": {"EPOCHS": "many"}}, "TRAIN.EPOCHS: Input should be a valid integer"),
        ({"DATASET": {"COMMON": {"INPUT_SHAPE": [64, 48, 1]}}}, "DATASET.COMMON.INPUT_SHAPE.2: Input should be 3"),
        ({"DATASET": {"COMMON": {"K": 16}}}, "DATASET.COMMON.K: Input should be 17"),
        ({"AUG": {"KP_FLIP": [0, 0, *range(2, 17)]}}, "AUG: Value error, KP_FLIP: not an order of the joints 0 to 16"),
        ({"AUG": {"KP_UPPER": [17]}}, "AUG: Value error, KP_UPPER: joints are 0 to 16"),
        ({"AUG": {"FLIP_PROB": 1.5}}, "AUG.FLIP_PROB: Input should be less than or equal to 1 (got 1.5)"),
        ({"OPTIONS": {"OUTSIDE": "kept"}}, "OPTIONS.OUTSIDE: Input should be 'taught' or 'ignored' (got 'kept')"),
        ({"MODEL": 5}, "MODEL: Input should be a valid dictionary"),
        ([1], "(document): Input should be a valid dictionary"),
    ],
)
def test_mistakes_are_one_line(content, message, tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(ZooError) as fault:
        read_config(path)
    assert str(fault.value).startswith("{}: {}".format(path, message)) and "\n" not in str(fault.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("TRAIN: !!python/object/apply:os.getcwd []", "not YAML: could not determine a constructor"),
        ("TRAIN: [", "not YAML: while parsing"),
        ("TRAIN: {[1]: 2}", "not YAML: while constructing"),
    ],
)
def test_code_and_broken_yaml_are_refused(text, message, tmp_path):
    (tmp_path / "c.yaml").write_text(text)
    with pytest.raises(ZooError, match="c.yaml: " + message) as fault:
        read_config(tmp_path / "c.yaml")
    assert "\n" not in str(fault.value)
    with pytest.raises(ZooError, match=r"cannot read .*absent.yaml: No such file"):
        read_config(tmp_path / "absent.yaml")
