"""``simple_pose_demo``: a SimplePose network small enough to live in the package, trained by this project.

The structure is that of Simple Baselines (Xiao et al., 2018, arXiv:1804.06208) as GluonCV builds it: a residual
trunk, three transposed 4x4 convolutions of stride 2, a 1x1 convolution to one heatmap a joint. The trunk stops at
1/16 of the input instead of 1/32, so the heatmaps have half the input's side: 4x3 cells of so few channels lose
where things are.
"""

from pathlib import Path
from typing import Any, Sequence, Tuple

from mxnet import initializer
from mxnet.gluon import nn

from zoo_mxnet.networks.exported import load_exported
from zoo_mxnet.networks.float_net import FloatNet

NAME = "simple_pose_demo"
INPUT_SIZE = (128, 96)
"""Height and width in pixels."""
JOINTS = 17
WEIGHTS = Path(__file__).resolve().parent.parent / "weights"

STAGES: Sequence[Tuple[int, int]] = ((16, 2), (48, 2), (112, 2))
"""Channels and residual blocks of each stage; every stage but the first halves the resolution.

Multiples of 16: oneDNN's blocked layout. With others, batch normalisation alone makes training twice as slow.
"""
UPSAMPLERS: Sequence[int] = (48, 48, 32)


def load_demo() -> FloatNet:
    """Open the committed weights, every parameter by name.

    Raises:
        ZooError: the files are absent or do not belong together.
    """
    return load_exported(str(WEIGHTS / NAME), input_size=INPUT_SIZE)


class DemoPose(nn.HybridBlock):
    """Normalised RGB float32 ``[N, 3, 128, 96]`` to heatmaps ``[N, 17, 64, 48]``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(prefix=NAME + "_", **kwargs)
        with self.name_scope():
            self.trunk = nn.HybridSequential(prefix="trunk_")
            with self.trunk.name_scope():
                _convolution(self.trunk, STAGES[0][0], 7, 2)
                self.trunk.add(nn.Activation("relu"), nn.MaxPool2D(3, 2, 1))
                before = STAGES[0][0]
                for stage, (channels, blocks) in enumerate(STAGES):
                    for block in range(blocks):
                        stride = 2 if stage and not block else 1
                        self.trunk.add(BasicBlock(channels, stride, downsample=stride > 1 or before != channels))
                        before = channels
            self.upsamplers = nn.HybridSequential(prefix="up_")
            with self.upsamplers.name_scope():
                for channels in UPSAMPLERS:
                    self.upsamplers.add(
                        nn.Conv2DTranspose(channels, 4, strides=2, padding=1, use_bias=False),
                        nn.BatchNorm(),
                        nn.Activation("relu"),
                    )
            self.final = nn.Conv2D(JOINTS, 1, weight_initializer=initializer.Normal(0.001), prefix="final_")

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Return the heatmaps."""
        return self.final(self.upsamplers(self.trunk(x)))


class BasicBlock(nn.HybridBlock):
    """Two 3x3 convolutions and a shortcut (He et al., 2016), ReLU after the sum."""

    def __init__(self, channels: int, stride: int, downsample: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        with self.name_scope():
            self.body = nn.HybridSequential(prefix="")
            _convolution(self.body, channels, 3, stride)
            self.body.add(nn.Activation("relu"))
            _convolution(self.body, channels, 3, 1)
            self.shortcut = None
            if downsample:
                self.shortcut = nn.HybridSequential(prefix="shortcut_")
                with self.shortcut.name_scope():
                    _convolution(self.shortcut, channels, 1, stride)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Return the block's output."""
        residual = x if self.shortcut is None else self.shortcut(x)
        return F.Activation(self.body(x) + residual, act_type="relu")


def _convolution(block: nn.HybridSequential, channels: int, kernel: int, stride: int) -> None:
    block.add(nn.Conv2D(channels, kernel, stride, kernel // 2, use_bias=False), nn.BatchNorm())
