"""AdaRound (Nagel et al., "Up or Down?", arXiv:2004.10568): learn for each weight whether to round up or down.

The soft rounding is the paper's rectified sigmoid with its annealed regulariser. What is minimised is the layer's
output error on what really reaches it, computed from second moments (see `zoo_torch.quantize.layerwise`), so that an
iteration costs one matrix product and sees all patches at once.
"""

from typing import Dict, Iterable, Mapping, NamedTuple, Optional

import numpy as np
import torch

from zoo_common.quantization.encoding import Encoding
from zoo_common.quantization.grid import applied, check_bits, round_to_grid
from zoo_torch.quantize.graph import FoldedGraph
from zoo_torch.quantize.layerwise import Patches, output_error, settle_layers, without
from zoo_torch.quantize.seqmse import best_ranges

ZETA, GAMMA = 1.1, -0.1
REGULARISATION = 0.01
WARM_START = 0.2
BETA = (20.0, 2.0)
LEARNING_RATE = 0.01
ADAM = (0.9, 0.999)


class Rounded(NamedTuple):
    """A network whose weights lie on their grids, and the grids, to be frozen in `calibrate`."""

    graph: FoldedGraph
    parameters: Dict[str, Encoding]


class Layer(NamedTuple):
    """A weight, float32 [out, in * kh * kw], between the grid points below and above it.

    Attributes:
        weight: as it was.
        floor: whole steps from zero to the point below.
        scale, offset, steps: the grid, [out, 1].
        gram: second moments of what reaches it.
    """

    weight: torch.Tensor
    floor: torch.Tensor
    scale: torch.Tensor
    offset: torch.Tensor
    steps: torch.Tensor
    gram: torch.Tensor

    @property
    def free(self) -> torch.Tensor:
        """Whether both points are on the grid."""
        below = self.floor - self.offset
        return (below >= 0) & (below < self.steps)

    def change(self, up: torch.Tensor) -> torch.Tensor:
        """Return what rounding by ``floor + up``, kept on the grid, adds to the weight."""
        whole = torch.minimum((self.floor + up - self.offset).clamp(min=0), self.steps)
        return self.scale * (whole + self.offset) - self.weight


def adaround(
    graph: FoldedGraph,
    batches: Iterable[np.ndarray],
    param_bits: int = 4,
    iterations: int = 300,
    frozen_parameters: Optional[Mapping[str, Encoding]] = None,
    progress: bool = False,
) -> Rounded:
    """Choose ranges by sequential MSE, then the rounding of every weight.

    Args:
        graph: the network.
        batches: float32 ``[N, C, H, W]``; a few dozen samples.
        param_bits: bit width of the weights.
        iterations: of Adam, a layer.
        frozen_parameters: encodings of layers that are left alone; they are in the result.
        progress: show a bar.
    """
    bits = check_bits(param_bits, "param_bits")
    encodings: Dict[str, Encoding] = dict(frozen_parameters or {})

    def settle(path: str, weight: np.ndarray, seen: Patches) -> np.ndarray:
        encodings[path] = best_ranges(weight, seen, bits)
        return learn_rounding(weight, encodings[path], seen, iterations)

    chosen = settle_layers(graph, batches, settle, without(graph, frozen_parameters), progress)
    return Rounded(graph._replace(weights={**graph.weights, **chosen}), encodings)


def learn_rounding(weight: np.ndarray, encoding: Encoding, seen: Patches, iterations: int) -> np.ndarray:
    """Return the weight rounded up or down, value by value; nearest rounding for channels where that is better."""
    grid = applied(encoding)
    shape = (-1, 1)
    flat = torch.from_numpy(weight.reshape(len(weight), -1).astype(np.float32))
    scale = torch.from_numpy(grid.scale.astype(np.float32)).reshape(shape)
    offset = torch.from_numpy(grid.offset.astype(np.float32)).reshape(shape)
    steps = torch.from_numpy(grid.steps.astype(np.float32)).reshape(shape)
    layer = Layer(flat, torch.floor(flat / scale), scale, offset, steps, seen.gram)
    up = _learn(layer, iterations)
    learned = round_to_grid((flat + layer.change(up)).numpy().reshape(weight.shape), encoding)
    nearest = round_to_grid(weight, encoding)
    better = output_error(learned - weight, seen.gram) < output_error(nearest - weight, seen.gram)
    return np.where(better.reshape(-1, 1, 1, 1), learned, nearest)


def _learn(layer: Layer, iterations: int) -> torch.Tensor:
    """Return 0 or 1 for every weight.

    The error is a quadratic form, so its gradient is written out: it needs the one product with the second moments
    that the error itself needs. Errors are relative to the nearest rounding's mean, so that one rate fits all layers.
    """
    fraction = (layer.weight / layer.scale - layer.floor).clamp(1e-4, 1 - 1e-4)
    latent = -torch.log((ZETA - GAMMA) / (fraction - GAMMA) - 1)
    nearest = layer.change((fraction >= 0.5).to(fraction.dtype))
    unit = float(((nearest @ layer.gram) * nearest).sum()) / nearest.numel() + 1e-30
    first, second = torch.zeros_like(latent), torch.zeros_like(latent)
    for number in range(iterations):
        sigmoid = torch.sigmoid(latent)
        soft = torch.clamp(sigmoid * (ZETA - GAMMA) + GAMMA, 0, 1)
        slope = (2 / unit) * (layer.change(soft) @ layer.gram) * layer.scale * layer.free
        left = 1 - max(number / iterations - WARM_START, 0) / (1 - WARM_START)
        if left < 1:
            beta = BETA[1] + (BETA[0] - BETA[1]) * left
            away = 2 * soft - 1
            slope = slope - 2 * REGULARISATION * beta * away.abs().pow(beta - 1) * away.sign()
        slope = slope * ((soft > 0) & (soft < 1)) * sigmoid * (1 - sigmoid) * (ZETA - GAMMA)
        first, second = first.lerp(slope, 1 - ADAM[0]), second.lerp(slope * slope, 1 - ADAM[1])
        mean, spread = first / (1 - ADAM[0] ** (number + 1)), second / (1 - ADAM[1] ** (number + 1))
        latent = latent - LEARNING_RATE * mean / (spread.sqrt() + 1e-8)
    return (latent >= 0).to(latent.dtype)
