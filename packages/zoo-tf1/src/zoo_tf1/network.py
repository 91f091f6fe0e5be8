"""TensorFlow 1.15 graphs as the evaluation loop sees them."""

from typing import Any, Callable, Dict, List, Mapping, Optional

import numpy as np
from typing_extensions import Protocol

from zoo_common.cards.parts import Recipe
from zoo_common.evaluation import Network
from zoo_common.frontend.manifest import installed_versions
from zoo_tf1.networks.counting import count_parameters
from zoo_tf1.quantsim import graph as graphs
from zoo_tf1.quantsim.graph import Index
from zoo_tf1.quantsim.insert import SUFFIX
from zoo_tf1.quantsim.runner import Runner
from zoo_tf1.recipe import Quantized

Run = Callable[[np.ndarray], Dict[str, np.ndarray]]


class Parts(Protocol):
    """Which tensors of a graph are what a task decodes: `networks.maps.Parts`, `networks.box_parts.BoxParts`."""

    def operations(self) -> List[str]:
        """Return the operations whose first outputs they are, each once."""

    def of(self, outputs: Mapping[str, np.ndarray]) -> Any:
        """Return what the task decodes, out of arrays by operation."""


class GraphNetwork(Network):
    """A graph that takes images NHWC and returns heatmaps and fields, or box codes and logits."""

    def __init__(self, run: Run, parts: Parts, about: Dict[str, Any]) -> None:
        self._run, self._parts, self._about = run, parts, about

    def __call__(self, batch: np.ndarray) -> Any:
        """Run images float32 [N, 3, H, W], best as views of [N, H, W, 3]; returns what the task decodes."""
        return self._parts.of(self._run(channels_last(batch)))

    def describe(self) -> Dict[str, Any]:
        """Return framework, precision, what was done to the graph, and its size."""
        return dict(self._about)


def channels_last(batch: np.ndarray) -> np.ndarray:
    """Return images [N, 3, H, W] as contiguous [N, H, W, 3]; views of such cost nothing."""
    return np.ascontiguousarray(batch.transpose(0, 2, 3, 1))


def float_network(
    network: graphs.Network,
    parts: Parts,
    about: Dict[str, Any],
    engine: str = "tensorflow",
    threads: Optional[int] = None,
) -> GraphNetwork:
    """Return a float graph, in TensorFlow or ONNX Runtime."""
    if engine == "onnxruntime":
        from zoo_tf1.execute.floats import executed_float

        run: Run = executed_float(network, threads=threads)
    else:
        run = Runner(network, threads=threads)
    return GraphNetwork(run, parts, dict(about, **describe_float(network, engine)))


def simulated_network(quantized: Quantized, recipe: Recipe, parts: Parts) -> GraphNetwork:
    """Return a graph whose values are rounded to integer grids and computed with in float, in TensorFlow."""
    simulation = quantized.simulation

    def run(batch: np.ndarray) -> Dict[str, np.ndarray]:
        return {name[: -len(SUFFIX)]: value for name, value in simulation.run(batch).items()}

    about = dict(describe_quantized(quantized), framework=_framework("tensorflow"), executed=False)
    about.update(file_bytes=packed_bytes(quantized), exact_rounding=quantized.settings.exact)
    return GraphNetwork(run, parts, about)


def executed_network(quantized: Quantized, recipe: Recipe, parts: Parts, threads: Optional[int] = None) -> GraphNetwork:
    """Return a graph computed in integers by ONNX Runtime, on the same grids as the simulated one."""
    from zoo_tf1.execute.integers import executed_integers

    simulation = quantized.simulation
    run = executed_integers(simulation.network, simulation.placement, simulation.quantization, threads=threads)
    about = dict(describe_quantized(quantized), framework=_framework("onnxruntime"), executed=True)
    return GraphNetwork(run, parts, dict(about, file_bytes=packed_bytes(quantized)))


def _framework(name: str) -> str:
    return "{} {} cpu".format(name, installed_versions([name]).get(name, ""))


def describe_float(network: graphs.Network, engine: str) -> Dict[str, Any]:
    """Return what a manifest says of a float network."""
    return {
        "framework": _framework(engine),
        "executed": True,
        "weights": {"bits": 32},
        "activations": {"bits": 32},
        "file_bytes": 4 * count_parameters(network),
    }


def describe_quantized(quantized: Quantized) -> Dict[str, Any]:
    """Return what a manifest says of a quantized network."""
    simulation = quantized.simulation
    on, found = simulation.placement.enabled(), simulation.quantization
    assert found is not None
    weights = list(on.parameters.values())
    return dict(
        quantized.about,
        weights={
            "bits": max((item.bits for item in found.parameters.values()), default=32),
            "per_channel": any(item.per_channel for item in weights),
            "symmetric": any(item.symmetric for item in weights),
        },
        activations={
            "bits": max((item.bits for item in found.activations.values()), default=32),
            "per_channel": False,
            "symmetric": any(item.symmetric for item in on.activations.values()),
        },
        output_quantizers=len(found.activations),
        unquantized_outputs=len(simulation.placement.activations) - len(found.activations),
    )


def packed_bytes(quantized: Quantized) -> int:
    """Return the bytes of the constants: packed where on a grid, with a scale and an offset a grid; else 4 a number."""
    simulation = quantized.simulation
    index, total = Index(simulation.network.graph), 4 * count_parameters(simulation.network)
    assert simulation.quantization is not None
    for name, encoding in simulation.quantization.parameters.items():
        size = int(np.size(index.constant(name)))
        total += size * encoding.bits // 8 - 4 * size + 8 * int(np.size(encoding.scale))
    return total
