"""The official RLE network in PyTorch, written from its description: module names give the official state dict."""

import math

import torch
from torch import nn

BLOCKS = (3, 4, 6, 3)
JOINTS = 17
COUPLINGS = 6
AMPLITUDE = 1 / math.sqrt(2 * math.pi)


class Bottleneck(nn.Module):
    """A residual block whose stride lies on the 3x3."""

    def __init__(self, channels, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * width)
        self.downsample = nn.Identity()
        if channels != 4 * width or stride > 1:
            convolution = nn.Conv2d(channels, 4 * width, 1, stride, bias=False)
            self.downsample = nn.Sequential(convolution, nn.BatchNorm2d(4 * width))

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        y = torch.relu(self.bn2(self.conv2(y)))
        return torch.relu(self.bn3(self.conv3(y)) + self.downsample(x))


class ResNet(nn.Module):
    """ResNet-50 without its classifier."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        channels = 64
        for stage, count in enumerate(BLOCKS):
            blocks = []
            for index in range(count):
                blocks.append(Bottleneck(channels, 64 << stage, 2 if stage and not index else 1))
                channels = 256 << stage
            self.add_module("layer{}".format(stage + 1), nn.Sequential(*blocks))

    def forward(self, x):
        x = nn.functional.max_pool2d(torch.relu(self.bn1(self.conv1(x))), 3, 2, padding=1)
        return self.layer4(self.layer3(self.layer2(self.layer1(x))))


class Head(nn.Module):
    """A linear map, divided by the features' length before the bias is added if ``normalise``."""

    def __init__(self, normalise):
        super().__init__()
        self.linear = nn.Linear(2048, 2 * JOINTS)
        self.normalise = normalise

    def forward(self, features):
        values = features @ self.linear.weight.T
        if self.normalise:
            values = values / torch.linalg.norm(features, dim=1, keepdim=True)
        return values + self.linear.bias


class Flow(nn.Module):
    """RealNVP over two coordinates."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mask", torch.tensor([[0.0, 1.0], [1.0, 0.0]] * (COUPLINGS // 2)))
        self.s = nn.ModuleList(nn.Sequential(*self._net(), nn.Tanh()) for _ in range(COUPLINGS))
        self.t = nn.ModuleList(nn.Sequential(*self._net()) for _ in range(COUPLINGS))

    @staticmethod
    def _net():
        return nn.Linear(2, 64), nn.LeakyReLU(), nn.Linear(64, 64), nn.LeakyReLU(), nn.Linear(64, 2)

    def forward(self, points):
        """Return the log density [N] at points [N, 2]."""
        z, log_det = points, points.new_zeros(len(points))
        for mask, s, t in reversed(list(zip(self.mask, self.s, self.t))):
            kept = mask * z
            scale, shift = s(kept) * (1 - mask), t(kept) * (1 - mask)
            z = (1 - mask) * (z - shift) * torch.exp(-scale) + kept
            log_det = log_det - scale.sum(dim=1)
        prior = torch.distributions.MultivariateNormal(z.new_zeros(2), torch.eye(2, dtype=z.dtype))
        return prior.log_prob(z) + log_det


class Regression(nn.Module):
    """The network: images [N, 3, H, W] to coordinates and sigmas [N, 17, 2]."""

    def __init__(self):
        super().__init__()
        self.preact = ResNet()
        self.fc_coord = Head(normalise=True)
        self.fc_sigma = Head(normalise=False)
        self.flow = Flow()

    def forward(self, images):
        features = self.preact(images).mean(dim=(2, 3))
        shape = (-1, JOINTS, 2)
        return self.fc_coord(features).reshape(shape), torch.sigmoid(self.fc_sigma(features)).reshape(shape)

    def loss(self, coordinates, sigmas, targets, weights):
        """Return the RLE loss with the Laplace residual, summed over everything, by the number of images."""
        errors = (coordinates - targets) / sigmas
        log_phi = self.flow(errors.reshape(-1, 2)).reshape(*errors.shape[:2], 1)
        flow_term = (torch.log(sigmas) - log_phi) * weights
        distance = torch.abs(targets - coordinates) / (math.sqrt(2) * sigmas + 1e-9)
        residual_term = (torch.log(sigmas / AMPLITUDE) + distance) * weights
        return (flow_term + residual_term).sum() / len(coordinates)
