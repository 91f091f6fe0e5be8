"""Configuration files of the official repository decide network and protocol, or say what is wrong."""

import pytest
import yaml

from zoo_common.errors import ZooError
from zoo_common.tasks.topdown_heatmap import TopDownHeatmapOptions
from zoo_torch.networks.config import read_config
from zoo_torch.networks.hrnet import HRNetConfig


def stage(branches, modules, width):
    return {
        "NUM_MODULES": modules,
        "NUM_BRANCHES": branches,
        "BLOCK": "BASIC",
        "NUM_BLOCKS": [4] * branches,
        "NUM_CHANNELS": [width * 2**k for k in range(branches)],
        "FUSE_METHOD": "SUM",
    }


OFFICIAL = {
    "AUTO_RESUME": True,
    "GPUS": "(0,1,2,3)",
    "WORKERS": 24,
    "CUDNN": {"BENCHMARK": True, "DETERMINISTIC": False, "ENABLED": True},
    "DATASET": {"COLOR_RGB": True, "DATASET": "coco", "ROOT": "data/coco/", "TEST_SET": "val2017", "ROT_FACTOR": 45},
    "MODEL": {
        "NAME": "pose_hrnet",
        "NUM_JOINTS": 17,
        "PRETRAINED": "models/pytorch/imagenet/hrnet_w48.pth",
        "IMAGE_SIZE": [288, 384],
        "HEATMAP_SIZE": [72, 96],
        "SIGMA": 3,
        "EXTRA": {
            "PRETRAINED_LAYERS": ["conv1", "bn1", "layer1"],
            "FINAL_CONV_KERNEL": 1,
            "STAGE2": stage(2, 1, 48),
            "STAGE3": stage(3, 4, 48),
            "STAGE4": stage(4, 3, 48),
        },
    },
    "LOSS": {"USE_TARGET_WEIGHT": True},
    "TRAIN": {"LR": 0.001, "LR_STEP": [170, 200], "END_EPOCH": 210, "GAMMA2": 0.0},
    "TEST": {
        "BATCH_SIZE_PER_GPU": 24,
        "COCO_BBOX_FILE": "detections.json",
        "BBOX_THRE": 1.0,
        "IMAGE_THRE": 0.0,
        "IN_VIS_THRE": 0.2,
        "MODEL_FILE": "",
        "NMS_THRE": 1.0,
        "OKS_THRE": 0.9,
        "USE_GT_BBOX": False,
        "FLIP_TEST": True,
        "POST_PROCESS": True,
        "SHIFT_HEATMAP": True,
    },
    "DEBUG": {"DEBUG": True},
}


@pytest.fixture
def official(tmp_path):
    path = tmp_path / "w48_384x288.yaml"
    path.write_text(yaml.safe_dump(OFFICIAL))
    return path


def test_a_file_decides_network_and_protocol(official):
    config = read_config(official)
    assert config.network == HRNetConfig(width=48)
    options = TopDownHeatmapOptions(**config.task_options)
    assert options.input_size == (384, 288)
    assert (options.crop, options.score_threshold, options.oks_nms) == ("hrnet", 0.2, 0.9)
    assert options.flip_test
    assert not config.ground_truth_boxes
    assert (config.box_file, config.batch_size, config.split) == ("detections.json", 24, "val2017")
    assert config.weights is None


def test_overrides_come_after_the_file_and_before_the_network(official):
    pairs = ["TEST.FLIP_TEST", "False", "TEST.OKS_THRE", "0.8", "TEST.MODEL_FILE", "w48.pth"]
    pairs += ["MODEL.EXTRA.STAGE4.NUM_MODULES", "2", "TEST.USE_GT_BBOX", "true"]
    config = read_config(official, pairs)
    assert config.network.modules == (1, 4, 2)
    assert config.task_options["flip_test"] is False
    assert config.task_options["oks_nms"] == 0.8
    assert config.weights == "w48.pth"
    assert config.ground_truth_boxes is True


def test_without_a_file_it_is_w32_as_published():
    config = read_config()
    assert config.network == HRNetConfig()
    assert config.task_options["input_size"] == (256, 192)
    assert config.task_options["flip_test"] is True
    assert config.ground_truth_boxes is True


@pytest.mark.parametrize(
    "pairs, message",
    [
        (["TEST.FLIP_TES", "true"], "TEST.FLIP_TES: unknown field; did you mean 'FLIP_TEST'?"),
        (["TEST.FLIP_TEST", "maybe"], "TEST.FLIP_TEST: true or false expected (got 'maybe')"),
        (["TEST.OKS_THRE", "much"], "TEST.OKS_THRE: a number expected (got 'much')"),
        (["TEST.OKS_THRE", "1.5"], "TEST.OKS_THRE: above 0 and at most 1 expected (got 1.5)"),
        (["TEST.IN_VIS_THRE", "-1"], "TEST.IN_VIS_THRE: 0 to 1 expected"),
        (["TEST.BATCH_SIZE_PER_GPU", "0"], "TEST.BATCH_SIZE_PER_GPU: a positive number expected (got 0)"),
        (["TEST.SOFT_NMS", "true"], "TEST.SOFT_NMS: False expected (got True)"),
        (["MODEL.NAME", "pose_resnet"], "MODEL.NAME: 'pose_hrnet' expected (got 'pose_resnet')"),
        (["MODEL.IMAGE_SIZE", "[200, 256]"], "MODEL.IMAGE_SIZE: width and height expected, multiples of 32"),
        (["MODEL.IMAGE_SIZE", "[192, 256]"], "MODEL.HEATMAP_SIZE: [48, 64] expected for this IMAGE_SIZE"),
        (["MODEL.EXTRA.STAGE3.NUM_CHANNELS", "[48,96]"], "STAGE3.NUM_CHANNELS: [48, 96, 192] expected"),
        (["MODEL.EXTRA.STAGE2.NUM_BLOCKS", "[]"], "MODEL.EXTRA.STAGE2.NUM_BLOCKS"),
        (["MODEL.EXTRA.STAGE2.NUM_MODULES", "0"], "NUM_MODULES: a positive number expected"),
        (["TRAIN.LR", "0.1"], "TRAIN.LR: has no effect on an evaluation"),
        (["TEST", "1"], "TEST: holds fields, not a value"),
        (["TEST.FLIP_TEST"], "'TEST.FLIP_TEST' has no value"),
    ],
)
def test_faults_name_the_field(official, pairs, message):
    with pytest.raises(ZooError) as caught:
        read_config(official, pairs)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text, message",
    [
        ("TEST: {FLIP: true}", "TEST.FLIP: unknown field"),
        ("TEST: {FLIP_TEST: 3}", "TEST.FLIP_TEST: true or false expected (got 3)"),
        ("TEST: [1", "not YAML"),
        ("", "no fields"),
        ("DATASET: {DATASET: mpii}", "DATASET.DATASET: 'coco' expected (got 'mpii')"),
        ("MODEL: 3", "MODEL: holds fields, not a value (got 3)"),
        ("TEST: null", "TEST: holds fields, not a value (got None)"),
        ("1: 2", "1: unknown field"),
    ],
)
def test_faulty_files_are_named(tmp_path, text, message):
    path = tmp_path / "hrnet.yaml"
    path.write_text(text)
    with pytest.raises(ZooError) as caught:
        read_config(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)


def test_no_such_file(tmp_path):
    with pytest.raises(ZooError, match="No such file"):
        read_config(tmp_path / "hrnet.yaml")
