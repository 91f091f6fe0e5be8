"""PyTorch itself: the plain reference that every other way to run a network is compared with, and bf16."""

import copy

import numpy as np
import torch
from torch import nn

from zoo_common.errors import ZooError, did_you_mean

PRECISIONS = {"fp32": torch.float32, "bf16": torch.bfloat16}


class EagerNetwork:
    """A module in eager inference mode. Called with float32 [N, C, H, W], returns float32.

    Args:
        module: the network; it is copied.
        precision: ``fp32``, or ``bf16``: weights and activations alike, slow where the CPU has no bf16 instructions
            (see `native_bf16`).
        device: ``cpu`` or ``cuda``.
        channels_last: memory order; bf16 always has it.

    Raises:
        ZooError: unknown precision, or there is no such device.
    """

    def __init__(
        self, module: nn.Module, precision: str = "fp32", device: str = "cpu", channels_last: bool = False
    ) -> None:
        if precision not in PRECISIONS:
            raise ZooError("precision: unknown '{}'{}".format(precision, did_you_mean(precision, PRECISIONS)))
        if device == "cuda" and not torch.cuda.is_available():
            raise ZooError("device: cuda asked for, but PyTorch finds none")
        last = channels_last or precision == "bf16"
        self._layout = torch.channels_last if last else torch.contiguous_format
        self._dtype, self._device = PRECISIONS[precision], device
        self._module = copy.deepcopy(module).eval().to(device=device, dtype=self._dtype, memory_format=self._layout)

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        """Run a batch."""
        with torch.inference_mode():
            tensor = torch.from_numpy(np.ascontiguousarray(batch, np.float32))
            tensor = tensor.to(device=self._device, dtype=self._dtype).to(memory_format=self._layout)
            return self._module(tensor).float().cpu().contiguous().numpy()


def native_bf16() -> bool:
    """Tell whether this CPU has bf16 instructions; without them PyTorch emulates, several times slower."""
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
