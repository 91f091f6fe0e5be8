"""HRNet and ONNX networks as the evaluation loop sees them."""

from importlib.metadata import version
from typing import Any, Callable, Dict, Optional, Tuple

import numpy as np

from zoo_common.cards.parts import Recipe
from zoo_common.errors import ZooError
from zoo_common.evaluation import Network
from zoo_common.files import PathLike
from zoo_torch.execute.eager import EagerNetwork
from zoo_torch.execute.onnx_model import float_model
from zoo_torch.execute.openvino import OpenVinoNetwork
from zoo_torch.execute.ort import OrtNetwork, open_onnx
from zoo_torch.execute.qdq import qdq_model
from zoo_torch.quantize.graph import FoldedGraph
from zoo_torch.quantize.placement import output_quantizers
from zoo_torch.quantize.simulator import Simulator
from zoo_torch.recipe import Quantized
from zoo_torch.source import Source

Size = Tuple[int, int]


class ExecutedNetwork(Network):
    """A network that a runtime executes on the CPU."""

    def __init__(self, run: Callable[[np.ndarray], np.ndarray], about: Dict[str, Any]) -> None:
        self._run, self._about = run, about

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        return self._run(batch)

    def describe(self) -> Dict[str, Any]:
        """Return framework, precision and size."""
        return dict(self._about)


class SimulatedNetwork(Network):
    """A network whose values are rounded to integer grids and computed with in float."""

    def __init__(self, quantized: Quantized, recipe: Recipe, device: str) -> None:
        self._quantized, self._recipe, self._device = quantized, recipe, device
        self._simulator = Simulator(quantized.graph, quantized.quantization, device)

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        return self._simulator(batch)

    def describe(self) -> Dict[str, Any]:
        """Return framework, precision, recipe and the size the weights would have."""
        return dict(
            describe_quantized(self._quantized, self._recipe),
            framework=_framework("torch", self._device),
            executed=False,
            file_bytes=packed_bytes(self._quantized),
        )


def eager_float(source: Source, recipe: Recipe, device: str) -> Network:
    """Return the float network as PyTorch runs it layer by layer, batch norms and all."""
    run = EagerNetwork(source.model, "bf16" if recipe.weight_bits == 16 else "fp32", device)
    return ExecutedNetwork(run, describe_float(source, recipe, _framework("torch", device)))


def executed_float(source: Source, recipe: Recipe, engine: str, threads: Optional[int]) -> Network:
    """Return the folded float network in a runtime; bfloat16 in PyTorch unless OpenVINO is asked for.

    ONNX Runtime has no bfloat16 kernels for CPUs.
    """
    if recipe.weight_bits == 16:
        if engine != "openvino":
            return eager_float(source, recipe, "cpu")
        run = OpenVinoNetwork(float_model(source.graph), threads, "bf16")
    else:
        run = _session(float_model(source.graph), engine, threads)
    return ExecutedNetwork(run, describe_float(source, recipe, _framework(engine, "cpu")))


def executed_integers(quantized: Quantized, recipe: Recipe, engine: str, threads: Optional[int]) -> Network:
    """Return the quantized network in a runtime, computed in integers."""
    upsampling = "resize" if engine == "openvino" else "expand"
    model = qdq_model(quantized.graph, quantized.quantization, upsampling)
    about = describe_quantized(quantized, recipe)
    about.update(framework=_framework(engine, "cpu"), executed=True, file_bytes=model.ByteSize())
    return ExecutedNetwork(_session(model, engine, threads), about)


def _session(model: Any, engine: str, threads: Optional[int]) -> Any:
    return OpenVinoNetwork(model, threads) if engine == "openvino" else OrtNetwork(model, threads)


def _framework(engine: str, device: str) -> str:
    return "{} {} {}".format(engine, version(engine), device)


def opened_onnx(path: PathLike, size: Size, engine: str, threads: Optional[int]) -> Network:
    """Return an ONNX network of the user's."""
    if engine != "onnxruntime":
        raise ZooError("--engine {}: ONNX files of yours run in onnxruntime".format(engine))
    session = open_onnx(path, size, threads=threads)
    about = {
        "framework": _framework(engine, "cpu"),
        "executed": True,
        "weights": {"bits": 32},
        "activations": {"bits": 32},
    }
    return ExecutedNetwork(session, about)


def describe_float(source: Source, recipe: Recipe, framework: str) -> Dict[str, Any]:
    """Return what a manifest says of a float network."""
    return {
        "framework": framework,
        "executed": True,
        "weights": {"bits": recipe.weight_bits},
        "activations": {"bits": recipe.activation_bits},
        "file_bytes": values_of(source.graph) * recipe.weight_bits // 8,
        **source.size(),
    }


def describe_quantized(quantized: Quantized, recipe: Recipe) -> Dict[str, Any]:
    """Return what a manifest says of a quantized network."""
    quantization = quantized.quantization
    return dict(
        quantized.about,
        weights={
            "bits": max(encoding.bits for encoding in quantization.parameters.values()),
            "per_channel": True,
            "symmetric": True,
        },
        activations={"bits": recipe.activation_bits, "per_channel": False, "symmetric": False},
        output_quantizers=len(output_quantizers(quantization.activations)),
    )


def values_of(graph: FoldedGraph) -> int:
    """Return how many numbers a folded network holds."""
    arrays = list(graph.weights.values()) + list(graph.biases.values())
    return int(sum(array.size for array in arrays))


def packed_bytes(quantized: Quantized) -> int:
    """Return the bytes of the weights on their grids: packed integers, a scale a channel, biases as 32-bit integers."""
    encodings = quantized.quantization.parameters
    bits = sum(weight.size * encodings[name].bits for name, weight in quantized.graph.weights.items())
    scales = sum(encodings[name].scale.size for name in quantized.graph.weights)
    biases = sum(bias.size for bias in quantized.graph.biases.values())
    return int(bits // 8 + 4 * scales + 4 * biases)
