"""MXNet networks as the evaluation loop sees them."""

from typing import Any, Dict, Mapping

import mxnet as mx
import numpy as np

from zoo_common.evaluation import Network
from zoo_mxnet.networks.executor import Executor
from zoo_mxnet.networks.float_net import FloatNet
from zoo_mxnet.quantize.quantized_net import QuantizedNet


class FloatNetwork(Network):
    """A float32 network; oneDNN fuses convolution, batch norm, sum and ReLU, the values stay within 1e-5."""

    def __init__(self, net: FloatNet) -> None:
        self._net = net
        self._executor = Executor(net.symbol, net.args, net.auxs, net.input_shape, backend="fused")

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        return self._executor(batch)

    def describe(self) -> Dict[str, Any]:
        """Return framework, precision and size."""
        return {
            "framework": "mxnet {}".format(mx.__version__),
            "executed": True,
            "weights": {"bits": 32},
            "activations": {"bits": 32},
            "file_bytes": _bytes(self._net.args) + _bytes(self._net.auxs),
            **self._net.size(),
        }


class Int8Network(Network):
    """An int8 network whose integers are really executed, by oneDNN."""

    def __init__(self, net: QuantizedNet) -> None:
        self._net = net
        self._executor = net.executor()

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        return self._executor(batch)

    def describe(self) -> Dict[str, Any]:
        """Return framework, precision, recipe and size."""
        values = sum(self._net.args[name].size for name in self._net.int8_weights)
        floats = {name: value for name, value in self._net.args.items() if name not in self._net.int8_weights}
        scales = 4 * sum(len(self._net.args[name]) for name in self._net.int8_weights)
        stored = values + scales + _bytes(floats) + _bytes(self._net.auxs)
        own = sum(value.size for value in self._net.args.values())  # where the float network is not known
        return dict(
            dict({"parameters": int(own)}, **self._net.describe()),
            framework="mxnet {}".format(mx.__version__),
            file_bytes=int(stored),
        )


def _bytes(arrays: Mapping[str, np.ndarray]) -> int:
    return int(sum(value.nbytes for value in arrays.values()))
