"""Configuration files of the official HRNet repository: read, checked, and turned into network and protocol.

The files are yacs trees (``experiments/coco/hrnet/*.yaml``), overridden by ``KEY VALUE`` pairs. What they say about
training is accepted and of no consequence here; what they say about network and evaluation is obeyed or refused.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

import yaml
from yacs.config import CfgNode

from zoo_common.errors import ZooError, did_you_mean
from zoo_common.files import PathLike
from zoo_torch.networks.hrnet import HRNetConfig
from zoo_torch.networks.official_defaults import W32_256X192, official_defaults

STRIDE = 4
"""Input pixels a heatmap cell."""
_EFFECTIVE = ("MODEL.", "DATASET.COLOR_RGB", "DATASET.ROOT", "DATASET.TEST_SET", "TEST.")
_WITHOUT_EFFECT = ("TEST.NMS_THRE", "TEST.BBOX_THRE", "MODEL.PRETRAINED", "MODEL.INIT_WEIGHTS", "MODEL.SIGMA")
_ONLY = {
    "MODEL.NAME": ("pose_hrnet",),
    "MODEL.TARGET_TYPE": ("gaussian",),
    "DATASET.DATASET": ("coco",),
    "TEST.POST_PROCESS": (True,),
    "TEST.SOFT_NMS": (False,),
    "MODEL.EXTRA.FINAL_CONV_KERNEL": (1, 3),
}


@dataclass(frozen=True)
class OfficialConfig:
    """What a configuration file decides about an evaluation.

    Attributes:
        network: the shape of the network.
        task_options: fields of `TopDownHeatmapOptions` but for ``boxes``.
        ground_truth_boxes: ``TEST.USE_GT_BBOX``.
        box_file: ``TEST.COCO_BBOX_FILE``, None if empty.
        box_threshold: ``TEST.IMAGE_THRE``; detections that score below it are left out.
        batch_size: ``TEST.BATCH_SIZE_PER_GPU``.
        split: ``DATASET.TEST_SET``.
        data: ``DATASET.ROOT``, None if empty.
        weights: ``TEST.MODEL_FILE``, None if empty.
    """

    network: HRNetConfig
    task_options: Dict[str, Any]
    ground_truth_boxes: bool
    box_file: Optional[str]
    box_threshold: float
    batch_size: int
    split: str
    data: Optional[str]
    weights: Optional[str]


def read_config(path: Optional[PathLike] = None, overrides: Sequence[str] = ()) -> OfficialConfig:
    """Read a configuration file and apply overrides; without a file: HRNet-W32 at 256x192, as published.

    Args:
        path: YAML of the official repository; fields it leaves out have that repository's defaults.
        overrides: alternating keys and values, e.g. ``["TEST.FLIP_TEST", "false"]``.

    Raises:
        ZooError: unreadable file, unknown field, value of the wrong type or not supported; names file and field.
    """
    tree = official_defaults()
    source = "configuration"
    if path is None:
        tree.merge_from_other_cfg(CfgNode(W32_256X192))
    else:
        source = str(path)
        _merge(tree, _parse(path), source)
    for key, value in _pairs(overrides):
        leaf = _nested(key, value)
        _merge(tree, leaf, "KEY VALUE")
        if not key.startswith(_EFFECTIVE) or key in _WITHOUT_EFFECT:
            raise ZooError("KEY VALUE: {}: has no effect on an evaluation".format(key))
        source = "{} with {}".format(source, key) if source == "configuration" else source
    return _interpret(tree, source)


def _parse(path: PathLike) -> Dict[str, Any]:
    try:
        value = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ZooError("cannot read {}: {}".format(path, error.strerror or error)) from error
    except (
        yaml.YAMLError,
        ValueError,
        RecursionError,
    ) as error:  # ValueError: no date, no text
        raise ZooError("{}: not YAML: {}".format(path, " ".join(str(error).split())[:160])) from None
    if not isinstance(value, dict):
        raise ZooError("{}: not a configuration: no fields".format(path))
    return value


def _pairs(overrides: Sequence[str]) -> List[Tuple[str, Any]]:
    if len(overrides) % 2:
        raise ZooError("KEY VALUE: '{}' has no value".format(overrides[-1]))
    pairs = []
    for key, text in zip(overrides[::2], overrides[1::2]):
        try:
            pairs.append((key, yaml.safe_load(text)))  # YAML's literals, so that `false` is as good as `False`
        except yaml.YAMLError:
            pairs.append((key, text))
    return pairs


def _nested(key: str, value: Any) -> Dict[str, Any]:
    for part in reversed(key.split(".")):
        value = {part: value}
    return value


def _merge(tree: CfgNode, values: Dict[str, Any], source: str) -> None:
    """Let yacs merge ``values`` field by field, so that a fault has a name."""
    for key, value in _leaves(values):
        node, parts = tree, key.split(".")
        for depth, part in enumerate(parts):
            if not isinstance(node, CfgNode) or part not in node:
                known = node if isinstance(node, CfgNode) else ()
                where = ".".join(parts[: depth + 1])
                raise ZooError("{}: {}: unknown field{}".format(source, where, did_you_mean(part, known)))
            node = node[part]
        if isinstance(node, CfgNode):
            raise ZooError("{}: {}: holds fields, not a value (got {!r})".format(source, key, value))
        if isinstance(node, bool) != isinstance(value, bool):
            raise ZooError("{}: {}: {} expected (got {!r})".format(source, key, _kind(node), value))
        whole = isinstance(node, float) and isinstance(value, int)
        try:
            tree.merge_from_other_cfg(CfgNode(_nested(key, float(value) if whole else value)))
        except (ValueError, KeyError, AssertionError):
            raise ZooError("{}: {}: {} expected (got {!r})".format(source, key, _kind(node), value)) from None


def _leaves(values: Dict[str, Any], prefix: str = "") -> List[Tuple[str, Any]]:
    found: List[Tuple[str, Any]] = []
    for key, value in values.items():
        name = "{}{}".format(prefix, key)
        found.extend(_leaves(value, name + ".") if isinstance(value, dict) and value else [(name, value)])
    return found


def _kind(value: Any) -> str:
    kinds = {bool: "true or false", int: "a whole number", float: "a number", str: "text", list: "a list"}
    return kinds.get(type(value), type(value).__name__)


def _interpret(tree: CfgNode, source: str) -> OfficialConfig:
    for key, allowed in _ONLY.items():
        value = _get(tree, key)
        if value not in allowed:
            raise _fault(source, key, "{} expected".format(" or ".join(repr(item) for item in allowed)), value)
    test, data = tree.TEST, tree.DATASET
    for key in ("TEST.IMAGE_THRE", "TEST.IN_VIS_THRE"):
        _check(source, tree, key, 0 <= _get(tree, key) <= 1, "0 to 1 expected")
    _check(source, tree, "TEST.OKS_THRE", 0 < test.OKS_THRE <= 1, "above 0 and at most 1 expected")
    for key in ("TEST.BATCH_SIZE_PER_GPU", "MODEL.NUM_JOINTS"):
        _check(source, tree, key, _get(tree, key) > 0, "a positive number expected")
    width, height = _sizes(tree, source)
    return OfficialConfig(
        network=_network(tree, source),
        task_options={
            "input_size": (height, width),
            "crop": "hrnet",
            "color": "rgb" if data.COLOR_RGB else "bgr",
            "flip_test": test.FLIP_TEST,
            "shift_heatmap": test.SHIFT_HEATMAP,
            "decode": "quarter",
            "score_threshold": float(test.IN_VIS_THRE),
            "oks_nms": float(test.OKS_THRE),
        },
        ground_truth_boxes=test.USE_GT_BBOX,
        box_file=test.COCO_BBOX_FILE or None,
        box_threshold=float(test.IMAGE_THRE),
        batch_size=test.BATCH_SIZE_PER_GPU,
        split=data.TEST_SET,
        data=data.ROOT or None,
        weights=test.MODEL_FILE or None,
    )


def _sizes(tree: CfgNode, source: str) -> Tuple[int, int]:
    """Return width and height of the input."""
    size, maps = list(tree.MODEL.IMAGE_SIZE), list(tree.MODEL.HEATMAP_SIZE)
    sound = len(size) == 2 and all(isinstance(side, int) and side > 0 and side % 32 == 0 for side in size)
    _check(source, tree, "MODEL.IMAGE_SIZE", sound, "width and height expected, multiples of 32")
    wanted = [side // STRIDE for side in size]
    _check(source, tree, "MODEL.HEATMAP_SIZE", maps == wanted, "{} expected for this IMAGE_SIZE".format(wanted))
    return size[0], size[1]


def _network(tree: CfgNode, source: str) -> HRNetConfig:
    extra = tree.MODEL.EXTRA
    width = extra.STAGE2.NUM_CHANNELS[0] if extra.STAGE2.NUM_CHANNELS else 0
    blocks = extra.STAGE2.NUM_BLOCKS[0] if extra.STAGE2.NUM_BLOCKS else 0
    wanted = {"BLOCK": "BASIC", "FUSE_METHOD": "SUM"}
    for stage in (2, 3, 4):
        key = "MODEL.EXTRA.STAGE{}.".format(stage)
        fixed = dict(
            wanted,
            NUM_BRANCHES=stage,
            NUM_CHANNELS=[width * 2**branch for branch in range(stage)],
            NUM_BLOCKS=[blocks] * stage,
        )
        for name, value in fixed.items():
            _check(source, tree, key + name, _get(tree, key + name) == value, "{!r} expected".format(value))
        _check(source, tree, key + "NUM_MODULES", _get(tree, key + "NUM_MODULES") > 0, "a positive number expected")
    for name, value in (("NUM_CHANNELS", width), ("NUM_BLOCKS", blocks)):
        sound = isinstance(value, int) and value > 0
        _check(source, tree, "MODEL.EXTRA.STAGE2." + name, sound, "positive whole numbers expected")
    return HRNetConfig(
        width=width,
        num_joints=tree.MODEL.NUM_JOINTS,
        modules=(extra.STAGE2.NUM_MODULES, extra.STAGE3.NUM_MODULES, extra.STAGE4.NUM_MODULES),
        blocks=blocks,
        final_kernel=extra.FINAL_CONV_KERNEL,
    )


def _get(tree: CfgNode, key: str) -> Any:
    for part in key.split("."):
        tree = tree[part]
    return tree


def _check(source: str, tree: CfgNode, key: str, sound: bool, message: str) -> None:
    if not sound:
        raise _fault(source, key, message, _get(tree, key))


def _fault(source: str, key: str, message: str, value: Any) -> ZooError:
    return ZooError("{}: {}: {} (got {!r})".format(source, key, message, value))
