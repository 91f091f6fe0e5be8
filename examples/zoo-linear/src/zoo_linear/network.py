"""One linear layer from a small grey crop to joints and their deviations, in floats or in integers."""

from pathlib import Path
from typing import Any, Dict, Iterable

import numpy as np

from zoo_common.evaluation import Network
from zoo_common.tasks.topdown_regression import Regressed


def grey(batch: np.ndarray) -> np.ndarray:
    """Return float32 [N, H * W] of crops float32 [N, 3, H, W]."""
    return batch.mean(axis=1).reshape(len(batch), -1)


class LinearNetwork(Network):
    """Float32: ``grey @ weights + bias``; of the 68 outputs the first 34 are coordinates, the others deviations."""

    bits = 32

    def __init__(self, path: Path) -> None:
        stored = np.load(str(path))
        self.weights = stored["weights"].astype(np.float32)
        self.bias = stored["bias"].astype(np.float32)

    def multiply(self, inputs: np.ndarray) -> np.ndarray:
        """Return ``inputs @ weights`` float32 [N, 68]."""
        return inputs @ self.weights

    def __call__(self, batch: np.ndarray) -> Regressed:
        found = (self.multiply(grey(batch)) + self.bias).reshape(-1, 2, 17, 2)
        return Regressed(found[:, 0], found[:, 1].clip(0, 1))

    def describe(self) -> Dict[str, Any]:
        """Return what a result says of the network."""
        return {
            "framework": "numpy " + np.__version__,
            "executed": True,
            "weights": {"bits": self.bits},
            "activations": {"bits": self.bits},
            "parameters": self.weights.size + self.bias.size,
            "multiply_adds": self.weights.size,
            "file_bytes": self.weights.size * self.bits // 8 + self.bias.nbytes,
        }


class IntegerNetwork(LinearNetwork):
    """Int8 weights with a scale for each output, int8 inputs with one scale, sums in 32 bits.

    Args:
        calibration: batches float32 [N, 3, H, W]; the largest input among them becomes 127.
    """

    bits = 8

    def __init__(self, path: Path, calibration: Iterable[np.ndarray]) -> None:
        super().__init__(path)
        scales = np.abs(self.weights).max(axis=0) / np.float32(127)
        self.integers = np.rint(self.weights / scales).astype(np.int8)
        self.input_scale = np.float32(max(np.abs(grey(batch)).max() for batch in calibration) / 127)
        self.output_scales = scales * self.input_scale

    def multiply(self, inputs: np.ndarray) -> np.ndarray:
        """Round the inputs, multiply integers, scale the sums back; float32 [N, 68]."""
        rounded = np.rint(inputs / self.input_scale).clip(-127, 127).astype(np.int32)
        return (rounded @ self.integers.astype(np.int32)) * self.output_scales
