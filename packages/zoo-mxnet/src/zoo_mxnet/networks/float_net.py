"""A float network as data: symbol, parameters, input shape."""

from dataclasses import dataclass
from typing import Dict, Tuple

import mxnet as mx
import numpy as np

from zoo_mxnet.networks.counting import count_multiply_adds


@dataclass(frozen=True)
class FloatNet:
    """A symbol with one input ``data`` and its float32 parameters.

    Attributes:
        name: model name, or the file's stem for an exported one.
        symbol: the network; input ``data`` float32 ``[N, 3, H, W]``, output heatmaps ``[N, K, H/4, W/4]``.
        args: learnt parameters by name (MXNet's ``arg:``), float32.
        auxs: running statistics by name (MXNet's ``aux:``), float32.
        input_shape: ``(channels, height, width)`` of one input.
        origin: where the parameters came from, in words.
    """

    name: str
    symbol: mx.sym.Symbol
    args: Dict[str, np.ndarray]
    auxs: Dict[str, np.ndarray]
    input_shape: Tuple[int, int, int]
    origin: str = ""

    def parameters(self) -> int:
        """Return the number of learnt values (running statistics excluded)."""
        return int(sum(value.size for value in self.args.values()))

    def size(self) -> Dict[str, int]:
        """Return ``parameters`` and ``multiply_adds`` of one input."""
        return {
            "parameters": self.parameters(),
            "multiply_adds": count_multiply_adds(self.symbol, self.input_shape),
        }
