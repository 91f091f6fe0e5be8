"""Calibration: the ranges of all activations over exactly the given samples, and the quantized graph they make."""

from dataclasses import dataclass
from typing import Dict, Iterable, List, Sequence, Tuple

import mxnet as mx
import numpy as np
from mxnet.contrib import quantization

from zoo_common.errors import ZooError, did_you_mean
from zoo_mxnet.networks.float_net import FloatNet
from zoo_mxnet.networks.graph import Graph
from zoo_mxnet.quantize.integer_graph import CONV, layer_name
from zoo_mxnet.quantize.mse_ranges import HistogramCollector

MODES = ("none", "naive", "entropy", "mse")


@dataclass(frozen=True)
class Calibrated:
    """MXNet's quantized graph with its ranges in place.

    Attributes:
        graph: quantized graph, editable.
        samples: how many samples the ranges come from.
    """

    graph: Graph
    samples: int


def check_mode(mode: str) -> str:
    """Return ``mode`` if it is one of `MODES`.

    Raises:
        ZooError: it is not.
    """
    if mode not in MODES:
        raise ZooError("calibration mode: unknown '{}'{}".format(mode, did_you_mean(mode, MODES)))
    return mode


def check_batches(batches: Iterable[np.ndarray], input_shape: Tuple[int, int, int]) -> List[np.ndarray]:
    """Return the batches as a list of float32 ``[N, C, H, W]``.

    Raises:
        ZooError: there are none, or one has another shape or a value that is not finite.
    """
    checked = []
    for number, batch in enumerate(batches):
        array = np.asarray(batch, np.float32)
        if array.ndim != 4 or array.shape[1:] != tuple(input_shape) or not len(array):
            raise ZooError(
                "calibration batch {}: shape {} where [N, {}] is needed".format(
                    number, list(array.shape), ", ".join(map(str, input_shape))
                )
            )
        if not np.isfinite(array).all():
            raise ZooError("calibration batch {}: holds values that are not finite".format(number))
        checked.append(array)
    if not checked:
        raise ZooError("calibration: no samples given")
    return checked


def quantize_graph(
    net: FloatNet,
    batches: Sequence[np.ndarray],
    mode: str = "naive",
    exclude: Sequence[str] = (),
    float_activations: bool = False,
) -> Calibrated:
    """Quantize a float network's convolutions and poolings with MXNet's own pass.

    Args:
        net: float network.
        batches: checked calibration batches; every sample in them counts, none else.
        mode: one of `MODES`: ``naive`` takes minimum and maximum, ``entropy`` the range with the
            least Kullback-Leibler divergence, ``mse`` the one with the least squared error,
            ``none`` computes ranges at run time.
        exclude: names of convolutions that stay float.
        float_activations: batch norm and ReLU behind a float layer stay float, so that its output is quantized
            unsigned; MXNet would quantize its signed input and lose half the levels.

    Raises:
        ZooError: unknown mode or layer.
    """
    check_mode(mode)
    fused = net.symbol.get_backend_symbol("MKLDNN_QUANTIZE")
    args = {name: mx.nd.array(value) for name, value in net.args.items()}
    auxs = {name: mx.nd.array(value) for name, value in net.auxs.items()}
    quantized, _, _, collector = quantization.quantize_graph(
        fused,
        args,
        auxs,
        ctx=mx.cpu(),
        excluded_sym_names=_fused_names(fused, exclude),
        excluded_op_names=["Activation", "BatchNorm"] if float_activations else [],
        calib_mode="naive" if mode == "mse" else mode,
        quantized_dtype="auto",
        quantize_mode="full",
        logger=None,
    )
    samples = 0
    if mode != "none":
        samples = _collect(fused, args, auxs, batches, collector)
        if mode == "mse":
            collector = HistogramCollector(collector.min_max_dict)
            _collect(fused, args, auxs, batches, collector)
        quantized, _, _ = quantization.calib_graph(
            quantized,
            args,
            auxs,
            collector,
            calib_mode="customize" if mode == "mse" else mode,
            quantized_dtype="auto",
            logger=None,
        )
    return Calibrated(Graph.from_symbol(quantized.get_backend_symbol("MKLDNN_QUANTIZE")), samples)


def _fused_names(fused: mx.sym.Symbol, exclude: Sequence[str]) -> List[str]:
    """Translate layer names to the names of the fused nodes they ended up in."""
    by_layer: Dict[str, str] = {layer_name(node): node.name for node in Graph.from_symbol(fused).of_type(CONV)}
    for name in exclude:
        if name not in by_layer:
            raise ZooError("exclude: no convolution '{}'{}".format(name, did_you_mean(name, by_layer)))
    return [by_layer[name] for name in exclude]


def _collect(symbol: mx.sym.Symbol, args: Dict, auxs: Dict, batches: Sequence[np.ndarray], collector: object) -> int:
    """Run the batches through the fused float network with the collector listening."""
    samples = 0
    executors: Dict[int, mx.executor.Executor] = {}
    for batch in batches:
        if len(batch) not in executors:
            bound = dict(args, data=mx.nd.zeros(batch.shape))
            executor = symbol.bind(mx.cpu(), bound, grad_req="null", aux_states=auxs)
            executor.set_monitor_callback(collector.collect, monitor_all=True)
            executors[len(batch)] = executor
        executor = executors[len(batch)]
        executor.arg_dict["data"][:] = batch
        executor.forward(is_train=False)
        mx.nd.waitall()
        samples += len(batch)
    return samples
