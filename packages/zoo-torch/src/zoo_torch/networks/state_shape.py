"""Telling from a state dict's names and shapes which HRNet it belongs to."""

import re
from dataclasses import fields
from typing import Mapping, Pattern, Tuple

from torch import Tensor

from zoo_common.errors import ZooError
from zoo_torch.networks.hrnet import HRNetConfig

_FIELD_TEXT = {
    "width": "width {}",
    "num_joints": "{} joints",
    "stem": "a stem of {} channels",
    "modules": "{} modules a stage",
    "blocks": "{} blocks a branch",
    "bottlenecks": "{} bottlenecks",
    "final_kernel": "a last kernel of {}",
}
_FIRST_BLOCK = "stage2.0.branches.0.0.conv1.weight"


def describe_state(state: Mapping[str, Tensor], source: str) -> Tuple[HRNetConfig, bool]:
    """Return the network's shape, and whether its batch norms are folded away.

    Raises:
        ZooError: the names are not those of an HRNet.
    """
    for name in ("conv1.weight", _FIRST_BLOCK, "final_layer.weight"):
        if name not in state or state[name].dim() != 4:
            raise ZooError("{}: not the weights of an HRNet: no convolution '{}'".format(source, name))
    config = HRNetConfig(
        width=state[_FIRST_BLOCK].shape[0],
        num_joints=state["final_layer.weight"].shape[0],
        stem=state["conv1.weight"].shape[0],
        modules=tuple(_count(state, r"stage{}\.(\d+)\.".format(stage)) for stage in (2, 3, 4)),
        blocks=_count(state, r"stage2\.0\.branches\.0\.(\d+)\."),
        bottlenecks=_count(state, r"layer1\.(\d+)\."),
        final_kernel=state["final_layer.weight"].shape[-1],
    )
    return config, "bn1.weight" not in state and "conv1.bias" in state


def difference(found: HRNetConfig, expected: HRNetConfig, asked_by: str) -> str:
    """Return in words where two shapes differ, e.g. ``weights are of width 48, the card says width 32``."""
    different = [field.name for field in fields(found) if getattr(found, field.name) != getattr(expected, field.name)]
    has, wants = (
        " and ".join(_FIELD_TEXT[name].format(_text(getattr(config, name))) for name in different)
        for config in (found, expected)
    )
    return "weights are of {}, {} says {}".format(has, asked_by, wants)


def _text(value: object) -> str:
    return "-".join(str(part) for part in value) if isinstance(value, tuple) else str(value)


def _count(state: Mapping[str, Tensor], pattern: str) -> int:
    compiled: Pattern[str] = re.compile(pattern)
    matches = (compiled.match(name) for name in state)
    return len({match.group(1) for match in matches if match})
