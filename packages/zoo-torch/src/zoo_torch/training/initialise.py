"""Where training from nothing starts."""

from torch import nn

from zoo_torch.networks.hrnet import HRNet


def initialise(network: HRNet) -> None:
    """Draw the convolutions by He et al. (2015), the last one as published.

    The published start, a standard deviation of 0.001 everywhere, is meant for weights that are then replaced by
    those of ImageNet.
    """
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_parameters()
        elif isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    nn.init.normal_(network.final_layer.weight, std=0.001)
    nn.init.zeros_(network.final_layer.bias)
