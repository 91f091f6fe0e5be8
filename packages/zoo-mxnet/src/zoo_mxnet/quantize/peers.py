"""GluonCV's own int8 path, unchanged, to measure against."""

from typing import Iterable

import numpy as np

from zoo_common.errors import ZooError
from zoo_mxnet.networks.float_net import FloatNet
from zoo_mxnet.quantize import calibrate
from zoo_mxnet.quantize.quantized_net import QuantizedNet


def gluoncv_int8(net: FloatNet, calibration_batches: Iterable[np.ndarray], mode: str = "naive") -> QuantizedNet:
    """Quantize as GluonCV's pose scripts do: MXNet's pass on the unmodified symbol.

    Same passes and settings as `mxnet.contrib.quantization.quantize_net` with ``auto`` data type and
    ``full`` mode: transposed convolutions stay float, signed residuals are clipped, heatmaps are rounded
    to 8 bits, weights are stored as float32.

    Raises:
        ZooError: unknown mode or unfit calibration batches.
    """
    if calibrate.check_mode(mode) == "none":
        raise ZooError("calibration mode: 'none' fails on GluonCV's path (MXNet's int8 batch norm needs a range)")
    batches = calibrate.check_batches(calibration_batches, net.input_shape)
    calibrated = calibrate.quantize_graph(net, batches, mode)
    symbol = calibrated.graph.to_symbol()
    return QuantizedNet(
        name=net.name,
        symbol=symbol,
        args=dict(net.args),
        auxs=dict(net.auxs),
        int8_weights=(),
        input_shape=net.input_shape,
        recipe={
            "made_by": "gluoncv",
            "calibration_mode": mode,
            "calibration_samples": calibrated.samples,
            "activation_bits": 8,
        },
        size=net.size(),
    )
