"""``hrnet_demo``: an HRNet small enough to live in the package, trained by this project on drawn people."""

from pathlib import Path

from zoo_torch.networks.checkpoint import load_hrnet
from zoo_torch.networks.hrnet import HRNet, HRNetConfig

NAME = "hrnet_demo"
INPUT_SIZE = (192, 128)
"""Height and width in pixels."""
WEIGHTS = Path(__file__).resolve().parent.parent / "weights"
CONFIG = HRNetConfig(width=16, stem=16, modules=(1, 1, 1), blocks=2, bottlenecks=1)
"""Multiples of 16 channels: oneDNN's blocked layout. Narrower networks are not faster, and at width 8 do not learn."""


def load_demo() -> HRNet:
    """Open the committed weights, stored in half precision, in evaluation mode.

    Raises:
        ZooError: the file is absent or not this network's.
    """
    return load_hrnet(WEIGHTS / (NAME + ".safetensors"), expected=CONFIG, asked_by=NAME)
