"""HRNet for pose: parallel branches of every resolution, exchanged again and again, heatmaps from the finest.

Sun, Xiao, Liu, Wang, "Deep High-Resolution Representation Learning for Human Pose Estimation" (CVPR 2019,
arXiv:1902.09212). Parameter names and initialisation are those of the authors' ``pose_hrnet.py``
(github.com/leoxiaobin/deep-high-resolution-net.pytorch), so their weights load key for key.
"""

from dataclasses import dataclass
from typing import Any, List, Optional, Tuple

from torch import Tensor, nn

BOTTLENECK_EXPANSION = 4
BATCH_NORM_MOMENTUM = 0.1


@dataclass(frozen=True)
class HRNetConfig:
    """What tells one HRNet from another; the defaults are HRNet-W32.

    Attributes:
        width: channels of the finest branch; branch k has ``width * 2**k``.
        num_joints: heatmaps.
        stem: channels of the two stride-2 convolutions at the entrance and within the bottlenecks of stage 1.
        modules: exchange modules of stages 2, 3 and 4; stage s has s branches.
        blocks: basic blocks of each branch of a module.
        bottlenecks: bottleneck blocks of stage 1.
        final_kernel: side of the last convolution, 1 or 3.
    """

    width: int = 32
    num_joints: int = 17
    stem: int = 64
    modules: Tuple[int, ...] = (1, 4, 3)
    blocks: int = 4
    bottlenecks: int = 4
    final_kernel: int = 1

    def channels(self, stage: int) -> Tuple[int, ...]:
        """Return the channels of the branches of a stage, 2, 3 or 4, finest first."""
        return tuple(self.width * 2**branch for branch in range(stage))


class HRNet(nn.Module):
    """Normalised RGB float32 ``[N, 3, H, W]`` to heatmaps ``[N, num_joints, H / 4, W / 4]``; sides multiples of 32.

    Args:
        config: the network's shape.
        folded: the inference form with batch norm folded away: `nn.Identity` stands where a batch norm was and every
            convolution has a bias; the names stay.
    """

    def __init__(self, config: Optional[HRNetConfig] = None, folded: bool = False) -> None:
        super().__init__()
        self.config = config = config or HRNetConfig()
        self.folded = folded
        self.conv1 = _conv(3, config.stem, 3, 2, folded)
        self.bn1 = _norm(config.stem, folded)
        self.conv2 = _conv(config.stem, config.stem, 3, 2, folded)
        self.bn2 = _norm(config.stem, folded)
        self.relu = nn.ReLU(inplace=True)
        self.layer1 = _bottlenecks(config, folded)
        before: Tuple[int, ...] = (config.stem * BOTTLENECK_EXPANSION,)
        for stage in (2, 3, 4):
            channels = config.channels(stage)
            setattr(self, "transition{}".format(stage - 1), _transition(before, channels, folded))
            count = config.modules[stage - 2]
            outputs = [1 if stage == 4 and number == count - 1 else stage for number in range(count)]
            stages = [ExchangeModule(channels, config.blocks, output, folded) for output in outputs]
            setattr(self, "stage{}".format(stage), nn.Sequential(*stages))
            before = channels
        kernel = config.final_kernel
        self.final_layer = nn.Conv2d(config.width, config.num_joints, kernel, padding=kernel // 2)
        self._initialise()

    def forward(self, x: Tensor) -> Tensor:
        """Return the heatmaps."""
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.relu(self.bn2(self.conv2(x)))
        branches = [self.layer1(x)]
        branches = self.stage2(_enter(self.transition1, branches))
        branches = self.stage3(_enter(self.transition2, branches))
        branches = self.stage4(_enter(self.transition3, branches))
        return self.final_layer(branches[0])

    def _initialise(self) -> None:
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.normal_(module.weight, std=0.001)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)


class BasicBlock(nn.Module):
    """Two 3x3 convolutions, identity shortcut, ReLU after the sum (He et al., 2016)."""

    def __init__(self, channels: int, folded: bool) -> None:
        super().__init__()
        self.conv1 = _conv(channels, channels, 3, 1, folded)
        self.bn1 = _norm(channels, folded)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = _conv(channels, channels, 3, 1, folded)
        self.bn2 = _norm(channels, folded)

    def forward(self, x: Tensor) -> Tensor:
        """Return the block's output, the shape of ``x``."""
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return self.relu(out + x)


class Bottleneck(nn.Module):
    """1x1, 3x3, 1x1 convolutions, fourfold the channels at the end, ReLU after the sum."""

    def __init__(self, inputs: int, channels: int, folded: bool) -> None:
        super().__init__()
        outputs = channels * BOTTLENECK_EXPANSION
        self.conv1 = _conv(inputs, channels, 1, 1, folded)
        self.bn1 = _norm(channels, folded)
        self.conv2 = _conv(channels, channels, 3, 1, folded)
        self.bn2 = _norm(channels, folded)
        self.conv3 = _conv(channels, outputs, 1, 1, folded)
        self.bn3 = _norm(outputs, folded)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if inputs != outputs:
            self.downsample = nn.Sequential(_conv(inputs, outputs, 1, 1, folded), _norm(outputs, folded))

    def forward(self, x: Tensor) -> Tensor:
        """Return the block's output ``[N, 4 * channels, h, w]``."""
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        shortcut = x if self.downsample is None else self.downsample(x)
        return self.relu(out + shortcut)


class ExchangeModule(nn.Module):
    """One module of a stage: blocks within every branch, then every branch receives the sum over all branches.

    Args:
        channels: of each branch, finest first.
        blocks: basic blocks a branch.
        outputs: how many branches go on, from the finest; the network's last module needs only that one.
    """

    def __init__(self, channels: Tuple[int, ...], blocks: int, outputs: int, folded: bool) -> None:
        super().__init__()
        self.branches = nn.ModuleList(
            nn.Sequential(*(BasicBlock(width, folded) for _ in range(blocks))) for width in channels
        )
        self.fuse_layers = nn.ModuleList(_fuse_row(channels, to, folded) for to in range(outputs))
        self.relu = nn.ReLU(inplace=True)

    def forward(self, inputs: List[Tensor]) -> List[Tensor]:
        """Return the branches that go on."""
        inputs = [branch(x) for branch, x in zip(self.branches, inputs)]
        outputs = []
        for row in self.fuse_layers:
            total = row[0](inputs[0])
            for path, x in zip(list(row)[1:], inputs[1:]):
                total = total + path(x)
            outputs.append(self.relu(total))
        return outputs


def hrnet_w32(num_joints: int = 17, folded: bool = False) -> HRNet:
    """Build HRNet-W32: 28,536,113 parameters, 7.1 G multiply-adds at 256x192."""
    return HRNet(HRNetConfig(width=32, num_joints=num_joints), folded)


def hrnet_w48(num_joints: int = 17, folded: bool = False) -> HRNet:
    """Build HRNet-W48: 63.6 M parameters, 14.6 G multiply-adds at 256x192."""
    return HRNet(HRNetConfig(width=48, num_joints=num_joints), folded)


def _enter(transition: nn.ModuleList, branches: List[Tensor]) -> List[Tensor]:
    """Take the branches into the next stage; a new one grows from the coarsest so far."""
    return [
        branches[k] if isinstance(step, nn.Identity) else step(branches[min(k, len(branches) - 1)])
        for k, step in enumerate(transition)
    ]


def _bottlenecks(config: HRNetConfig, folded: bool) -> nn.Sequential:
    wide = config.stem * BOTTLENECK_EXPANSION
    return nn.Sequential(
        *(Bottleneck(wide if number else config.stem, config.stem, folded) for number in range(config.bottlenecks))
    )


def _transition(before: Tuple[int, ...], after: Tuple[int, ...], folded: bool) -> nn.ModuleList:
    """Build the steps into a stage: identity or a 3x3 convolution per branch, strided ones for new branches.

    The step of a new branch is nested in a further `nn.Sequential`: the official names say so.
    """
    steps: List[nn.Module] = []
    for branch, width in enumerate(after):
        if branch >= len(before):
            steps.append(nn.Sequential(_unit(before[-1], width, 2, folded)))
        elif before[branch] == width:
            steps.append(nn.Identity())
        else:
            steps.append(_unit(before[branch], width, 1, folded))
    return nn.ModuleList(steps)


def _fuse_row(channels: Tuple[int, ...], to: int, folded: bool) -> nn.ModuleList:
    """Build the paths from every branch to branch ``to``."""
    return nn.ModuleList(_fuse_path(channels, source, to, folded) for source in range(len(channels)))


def _fuse_path(channels: Tuple[int, ...], source: int, to: int, folded: bool) -> nn.Module:
    """Build one path: upsampling after a 1x1 convolution, identity, or a chain of strided 3x3 convolutions."""
    inputs, outputs = channels[source], channels[to]
    if source == to:
        return nn.Identity()
    if source > to:
        return nn.Sequential(
            _conv(inputs, outputs, 1, 1, folded),
            _norm(outputs, folded),
            nn.Upsample(scale_factor=2 ** (source - to), mode="nearest"),
        )
    chain = [_unit(inputs, inputs, 2, folded) for _ in range(to - source - 1)]
    return nn.Sequential(*chain, _unit(inputs, outputs, 2, folded, relu=False))


def _unit(inputs: int, outputs: int, stride: int, folded: bool, relu: bool = True) -> nn.Sequential:
    layers: List[nn.Module] = [_conv(inputs, outputs, 3, stride, folded), _norm(outputs, folded)]
    return nn.Sequential(*layers, *([nn.ReLU(inplace=True)] if relu else []))


def _conv(inputs: int, outputs: int, kernel: int, stride: int, folded: bool) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=folded)


def _norm(channels: int, folded: bool) -> Any:
    return nn.Identity() if folded else nn.BatchNorm2d(channels, momentum=BATCH_NORM_MOMENTUM)
