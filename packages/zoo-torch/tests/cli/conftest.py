"""A small HRNet as a user brings one: a configuration file of the official form and a state dict."""

import pytest
import torch
import yaml

from zoo_torch.cli import main as cli
from zoo_torch.networks.config import read_config
from zoo_torch.networks.hrnet import HRNet

BRANCHES = [4, 8, 16, 32]


@pytest.fixture
def run():
    """Run `zoo-torch`; returns the exit code."""

    def call(*argv):
        with pytest.raises(SystemExit) as stop:
            cli.main([str(arg) for arg in argv])
        return stop.value.code

    return call


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """Options of a small HRNet for 64x64 crops, and its files: ``cfg`` and ``weights``."""
    folder = tmp_path_factory.mktemp("small")
    stages = {
        "STAGE{}".format(stage): {
            "NUM_MODULES": 1,
            "NUM_BRANCHES": stage,
            "BLOCK": "BASIC",
            "NUM_BLOCKS": [1] * stage,
            "NUM_CHANNELS": BRANCHES[:stage],
            "FUSE_METHOD": "SUM",
        }
        for stage in (2, 3, 4)
    }
    config = {
        "DATASET": {"DATASET": "coco", "COLOR_RGB": True, "TEST_SET": "val2017"},
        "MODEL": {
            "NAME": "pose_hrnet",
            "IMAGE_SIZE": [64, 64],
            "HEATMAP_SIZE": [16, 16],
            "NUM_JOINTS": 17,
            "TARGET_TYPE": "gaussian",
            "EXTRA": dict(stages, FINAL_CONV_KERNEL=1),
        },
        "TEST": {
            "FLIP_TEST": True,
            "POST_PROCESS": True,
            "SHIFT_HEATMAP": True,
            "USE_GT_BBOX": True,
            "IN_VIS_THRE": 0.2,
            "OKS_THRE": 0.9,
        },
    }
    cfg = folder / "small.yaml"
    cfg.write_text(yaml.safe_dump(config))
    torch.manual_seed(0)
    network = HRNet(read_config(cfg).network)
    for name, value in network.state_dict().items():
        if name.endswith("running_var"):
            value.uniform_(0.5, 1.5)
        elif name.endswith(("weight", "bias")):
            value.normal_(1 if value.dim() == 1 else 0, 0.15)
    weights = folder / "small.pth"
    torch.save(network.state_dict(), weights)
    return {"cfg": cfg, "weights": weights, "options": ["--cfg", cfg, "--weights", weights, "--batch-size", 4]}
