"""The quantized network: what runs, what is saved, and what it says of itself."""

import json
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, Optional, Tuple

import mxnet as mx
import numpy as np

from zoo_common.errors import ZooError
from zoo_common.files import atomic_open
from zoo_mxnet.networks.cpu import instruction_set, onednn_version
from zoo_mxnet.networks.executor import Executor
from zoo_mxnet.networks.exported import check_pair, exported_files, read_symbol, split_parameters
from zoo_mxnet.networks.graph import Graph
from zoo_mxnet.networks.weights import read_params
from zoo_mxnet.quantize.activation_bits import warn_of_saturation
from zoo_mxnet.quantize.integer_graph import CONV, is_integer_conv
from zoo_mxnet.quantize.packing import pack, unpack

RECIPE_ATTRIBUTE = "__zoo_recipe__"
"""Attribute of the input variable in which a saved symbol carries its recipe (MXNet ignores it)."""


@dataclass(frozen=True)
class QuantizedNet:
    """An int8 network ready to run.

    Attributes:
        name: model name.
        symbol: MXNet's quantized graph, ranges in place; input ``data`` float32, output float32 heatmaps.
        args: parameters; int8 weights as float32 on their grid, which MXNet's operator asks for.
        auxs: auxiliary states of what stayed unfolded.
        int8_weights: names of the parameters that are int8.
        input_shape: ``(C, H, W)``.
        recipe: how it was made.
        size: ``parameters`` and ``multiply_adds`` of the float network it was made from; empty if unknown.
    """

    name: str
    symbol: mx.sym.Symbol
    args: Dict[str, np.ndarray]
    auxs: Dict[str, np.ndarray]
    int8_weights: Tuple[str, ...]
    input_shape: Tuple[int, int, int]
    recipe: Dict[str, Any]
    size: Dict[str, int] = field(default_factory=dict)

    def executor(self) -> Executor:
        """Return something that runs NumPy batches."""
        return Executor(self.symbol, self.args, self.auxs, self.input_shape, backend="none")

    def describe(self) -> Dict[str, Any]:
        """Return how the network computes, for result manifests."""
        graph = Graph.from_symbol(self.symbol)
        fused = list(graph.of_type(CONV))
        integer = sum(is_integer_conv(node) for node in fused)
        plain = len(list(graph.of_type("Convolution", "Deconvolution")))
        # without calibrated ranges MXNet falls back to one weight scale a layer
        granularity = "per tensor" if self.recipe.get("calibration_mode") == "none" else "per output channel"
        return {
            "executed": True,
            "weights": {"bits": 8, "symmetric": True, "granularity": granularity},
            "activations": {
                "bits": self.recipe.get("activation_bits", 8),
                "granularity": "per tensor",
                "scheme": "unsigned after ReLU, symmetric signed otherwise",
            },
            "int8_convolutions": integer,
            "fp32_convolutions": len(fused) - integer + plain,
            "mxnet": mx.__version__,
            "onednn": onednn_version(),
            "cpu": instruction_set(),
            "recipe": dict(self.recipe),
            **self.size,
        }

    def save(self, prefix: str) -> Tuple[str, str]:
        """Write ``{prefix}-symbol.json`` and ``{prefix}-0000.params``, weights as int8 with float32 scales.

        Returns:
            The two paths.

        Raises:
            ZooError: a file cannot be written.
        """
        graph = Graph.from_symbol(self.symbol)
        about = {"name": self.name, "input_shape": list(self.input_shape), "recipe": self.recipe, "size": self.size}
        graph.nodes["data"].attrs[RECIPE_ATTRIBUTE] = json.dumps(about, sort_keys=True)
        stored = {"arg:" + name: value for name, value in pack(self.args, self.int8_weights).items()}
        stored.update({"aux:" + name: value for name, value in self.auxs.items()})
        symbol_file, params_file = prefix + "-symbol.json", prefix + "-0000.params"
        with tempfile.TemporaryDirectory() as folder:
            scratch = os.path.join(folder, "params")
            mx.nd.save(scratch, {key: mx.nd.array(value, dtype=value.dtype) for key, value in stored.items()})
            content = Path(scratch).read_bytes()
        with atomic_open(params_file, "wb") as stream:
            stream.write(content)
        with atomic_open(symbol_file) as stream:
            stream.write(graph.to_symbol().tojson())
        return symbol_file, params_file


def load_quantized(
    prefix: str, epoch: int = 0, params: Optional[str] = None, input_size: Tuple[int, int] = (256, 192)
) -> QuantizedNet:
    """Open a saved quantized network; its outputs are bit for bit those before saving.

    Also opens quantized pairs made by MXNet alone (float weights, no recipe); ``input_size`` is used
    only for those. Warns where its activations may saturate on this CPU.

    Raises:
        ZooError: a file is absent or broken, the two do not belong together, or nothing in it is quantized.
    """
    symbol_file, params_file = exported_files(prefix, epoch, params)
    symbol = read_symbol(symbol_file)
    graph = Graph.from_symbol(symbol)
    if not any(is_integer_conv(node) for node in graph.of_type(CONV)):
        raise ZooError("{}: not a quantized network: no int8 convolution in it".format(symbol_file))
    saved: Dict[str, Any] = json.loads(graph.nodes["data"].attrs.get(RECIPE_ATTRIBUTE, "{}"))
    shape = tuple(saved.get("input_shape") or (3,) + tuple(input_size))
    stored, auxs = split_parameters(read_params(params_file))
    args = unpack(stored)
    check_pair(symbol, args, auxs, symbol_file, params_file, shape)
    warn_of_saturation(symbol_file, saved.get("recipe") or {})
    return QuantizedNet(
        name=saved.get("name") or Path(symbol_file).name.replace("-symbol.json", ""),
        symbol=symbol,
        args=args,
        auxs=auxs,
        int8_weights=tuple(name for name, value in stored.items() if value.dtype == np.int8),
        input_shape=shape,
        recipe=saved.get("recipe") or {},
        size=saved.get("size") or {},
    )
