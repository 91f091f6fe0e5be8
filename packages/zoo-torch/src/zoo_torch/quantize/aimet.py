"""AIMET itself (aimet-torch 2.42): the yardstick of our own simulator. The only place that imports it.

It rounds as ``aimet-2.42`` or, prepared, as ``prepared`` in `zoo_torch.quantize.placement`.
"""

import contextlib
import copy
import logging
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, Sequence

import numpy as np
import torch
from torch import nn

from zoo_common.errors import ZooError


def load() -> Any:
    """Import aimet_torch and return it.

    It imports torchvision, whose CUDA-linked wheels fail beside a CPU build of torch unless the two operators they
    look up are declared.

    Raises:
        ZooError: it cannot be imported; the message says why.
    """
    if not torch.cuda.is_available():
        for name in ("nms", "qnms"):
            with contextlib.suppress(RuntimeError):  # declared before, or by a torchvision that works
                torch.library.define("torchvision::" + name, "(Tensor boxes, Tensor scores, float threshold) -> Tensor")
    try:
        import aimet_torch
    except Exception as error:  # a broken torchvision raises what it likes
        raise ZooError("aimet_torch cannot be imported: {}".format(error)) from error
    aimet_torch.common.utils.AimetLogger.set_level_for_all_areas(logging.ERROR)
    return aimet_torch


class AimetSimulation:
    """A folded copy of a network, wrapped and calibrated by AIMET. Called with float32 [N, C, H, W].

    Args:
        model: network in inference form; not changed.
        batches: calibration batches.
        input_shape: channels, height, width.
        param_bits, output_bits: bit widths.
        prepared: call ``prepare_model`` first, which makes additions and every call of a reused ReLU modules.
    """

    def __init__(
        self,
        model: nn.Module,
        batches: Iterable[np.ndarray],
        input_shape: Sequence[int],
        param_bits: int = 8,
        output_bits: int = 8,
        prepared: bool = False,
    ) -> None:
        aimet = load()
        from aimet_torch.batch_norm_fold import fold_all_batch_norms
        from aimet_torch.model_preparer import prepare_model
        from aimet_torch.quantsim import QuantizationSimModel

        model = copy.deepcopy(model).eval()
        if prepared:
            model = prepare_model(model)
        sample = torch.zeros(1, *input_shape)
        fold_all_batch_norms(model, tuple(sample.shape), dummy_input=sample)
        config = Path(aimet.__file__).parent / "common" / "quantsim_config" / "default_config_per_channel.json"
        self.simulation = QuantizationSimModel(
            model,
            sample,
            quant_scheme="tf",
            default_param_bw=param_bits,
            default_output_bw=output_bits,
            config_file=str(config),
        )
        tensors = [torch.from_numpy(batch) for batch in batches]
        with torch.inference_mode():
            self.simulation.compute_encodings(lambda network: [network(tensor) for tensor in tensors])

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        """Run one batch."""
        with torch.inference_mode():
            return self.simulation.model(torch.from_numpy(batch)).numpy()

    def output_encodings(self) -> Dict[str, Any]:
        """Return AIMET's encoding of every module output, by module path."""
        return self._collect(lambda module: getattr(module, "output_quantizers", [None])[0])

    def input_encodings(self) -> Dict[str, Any]:
        """Return AIMET's encoding of every module input that has one, by module path."""
        return self._collect(lambda module: (getattr(module, "input_quantizers", None) or [None])[0])

    def weight_encodings(self) -> Dict[str, Any]:
        """Return AIMET's encoding of every weight, by module path."""
        return self._collect(lambda module: dict(getattr(module, "param_quantizers", {}).items()).get("weight"))

    def _collect(self, of: Callable[[nn.Module], Any]) -> Dict[str, Any]:
        found = {path: of(module) for path, module in self.simulation.model.named_modules()}
        return {path: item.get_encodings() for path, item in found.items() if item is not None}
