"""The configuration tree of the official HRNet repository, as yacs nodes.

Names and defaults are those of its ``lib/config/default.py``; `W32_256X192` is what its
``experiments/coco/hrnet/w32_256x192_adam_lr1e-3.yaml`` says about network and evaluation.
"""

from typing import Any, Dict

from yacs.config import CfgNode

_DEFAULTS: Dict[str, Any] = {
    "OUTPUT_DIR": "",
    "LOG_DIR": "",
    "DATA_DIR": "",
    "GPUS": (0,),
    "WORKERS": 4,
    "PRINT_FREQ": 20,
    "AUTO_RESUME": False,
    "PIN_MEMORY": True,
    "RANK": 0,
    "CUDNN": {"BENCHMARK": True, "DETERMINISTIC": False, "ENABLED": True},
    "MODEL": {
        "NAME": "pose_hrnet",
        "INIT_WEIGHTS": True,
        "PRETRAINED": "",
        "NUM_JOINTS": 17,
        "TAG_PER_JOINT": True,
        "TARGET_TYPE": "gaussian",
        "IMAGE_SIZE": [256, 256],
        "HEATMAP_SIZE": [64, 64],
        "SIGMA": 2,
        "EXTRA": {},
    },
    "LOSS": {"USE_OHKM": False, "TOPK": 8, "USE_TARGET_WEIGHT": True, "USE_DIFFERENT_JOINTS_WEIGHT": False},
    "DATASET": {
        "ROOT": "",
        "DATASET": "mpii",
        "TRAIN_SET": "train",
        "TEST_SET": "valid",
        "DATA_FORMAT": "jpg",
        "HYBRID_JOINTS_TYPE": "",
        "SELECT_DATA": False,
        "FLIP": True,
        "SCALE_FACTOR": 0.25,
        "ROT_FACTOR": 30,
        "PROB_HALF_BODY": 0.0,
        "NUM_JOINTS_HALF_BODY": 8,
        "COLOR_RGB": False,
    },
    "TRAIN": {
        "LR_FACTOR": 0.1,
        "LR_STEP": [90, 110],
        "LR": 0.001,
        "OPTIMIZER": "adam",
        "MOMENTUM": 0.9,
        "WD": 0.0001,
        "NESTEROV": False,
        "GAMMA1": 0.99,
        "GAMMA2": 0.0,
        "BEGIN_EPOCH": 0,
        "END_EPOCH": 140,
        "RESUME": False,
        "CHECKPOINT": "",
        "BATCH_SIZE_PER_GPU": 32,
        "SHUFFLE": True,
    },
    "TEST": {
        "BATCH_SIZE_PER_GPU": 32,
        "FLIP_TEST": False,
        "POST_PROCESS": False,
        "SHIFT_HEATMAP": False,
        "USE_GT_BBOX": False,
        "IMAGE_THRE": 0.1,
        "NMS_THRE": 0.6,
        "SOFT_NMS": False,
        "OKS_THRE": 0.5,
        "IN_VIS_THRE": 0.0,
        "COCO_BBOX_FILE": "",
        "BBOX_THRE": 1.0,
        "MODEL_FILE": "",
    },
    "DEBUG": {
        "DEBUG": False,
        "SAVE_BATCH_IMAGES_GT": False,
        "SAVE_BATCH_IMAGES_PRED": False,
        "SAVE_HEATMAPS_GT": False,
        "SAVE_HEATMAPS_PRED": False,
    },
}


def _stage(branches: int, modules: int, width: int = 32) -> Dict[str, Any]:
    return {
        "NUM_MODULES": modules,
        "NUM_BRANCHES": branches,
        "BLOCK": "BASIC",
        "NUM_BLOCKS": [4] * branches,
        "NUM_CHANNELS": [width * 2**branch for branch in range(branches)],
        "FUSE_METHOD": "SUM",
    }


_NETWORK = {
    "PRETRAINED_LAYERS": ["*"],
    "FINAL_CONV_KERNEL": 1,
    "STAGE2": _stage(2, 1),
    "STAGE3": _stage(3, 4),
    "STAGE4": _stage(4, 3),
}

W32_256X192: Dict[str, Any] = {
    "MODEL": {"IMAGE_SIZE": [192, 256], "HEATMAP_SIZE": [48, 64]},
    "DATASET": {"DATASET": "coco", "TRAIN_SET": "train2017", "TEST_SET": "val2017", "COLOR_RGB": True},
    "TEST": {
        "FLIP_TEST": True,
        "POST_PROCESS": True,
        "SHIFT_HEATMAP": True,
        "USE_GT_BBOX": True,
        "IMAGE_THRE": 0.0,
        "NMS_THRE": 1.0,
        "OKS_THRE": 0.9,
        "IN_VIS_THRE": 0.2,
    },
}


def official_defaults() -> CfgNode:
    """Return a fresh tree of the official defaults; the network under ``MODEL.EXTRA`` is W32."""
    tree = CfgNode(_DEFAULTS)
    tree.MODEL.EXTRA = CfgNode(_NETWORK)
    return tree
