"""From a float network and calibration samples to an executed int8 network."""

from typing import Any, Dict, Iterable, List, Optional, Sequence

import numpy as np

from zoo_common.errors import ZooError, did_you_mean
from zoo_mxnet.networks.cpu import has_vnni
from zoo_mxnet.networks.float_net import FloatNet
from zoo_mxnet.networks.graph import Graph
from zoo_mxnet.quantize import calibrate
from zoo_mxnet.quantize.activation_bits import limit_activations
from zoo_mxnet.quantize.bias_correction import snap_weights
from zoo_mxnet.quantize.equalise import equalise_channels
from zoo_mxnet.quantize.fold import Draft, fold_batch_norms
from zoo_mxnet.quantize.integer_graph import integer_head
from zoo_mxnet.quantize.quantized_net import QuantizedNet
from zoo_mxnet.quantize.residual_range import mend_residual_ranges
from zoo_mxnet.quantize.subpixel import is_upsampler, move_pointwise_before_shuffle, rewrite_deconvolutions
from zoo_mxnet.quantize.unsigned import make_unsigned

LAST_CONV = ("int32", "int8", "fp32")
UNSIGNED = ("residual", "all", "none")


def quantize(
    net: FloatNet,
    calibration_batches: Iterable[np.ndarray],
    *,
    mode: str = "naive",
    subpixel: bool = True,
    equalise: Optional[float] = 0.5,
    unsigned: str = "residual",
    fix_residual: bool = True,
    correct_bias: bool = True,
    last_conv: str = "int32",
    exclude: Sequence[str] = (),
    activation_bits: Optional[int] = None,
) -> QuantizedNet:
    """Quantize a network to int8 weights and activations, executed by oneDNN.

    Args:
        net: float network.
        calibration_batches: preprocessed float32 batches ``[N, 3, H, W]``; all of them are used.
        mode: ``naive`` (minimum and maximum), ``entropy``, ``mse`` (least squared error) or ``none``
            (ranges at run time).
        subpixel: rewrite 4x4 stride 2 transposed convolutions so that they too run in int8.
        equalise: how far channel ranges are evened out, 0 to 1 (see `equalise.py`); None not at all.
        unsigned: which signed activations get zero points: ``residual``, ``all`` or ``none`` (see `unsigned.py`).
        fix_residual: mend MXNet 1.9.1's clipping where a signed residual remains.
        correct_bias: take the mean error of the rounded weights out of the biases.
        last_conv: ``int32``: int8 inputs, heatmaps scaled from the exact 32-bit sums;
            ``int8``: heatmaps rounded to 8 bits, as MXNet does; ``fp32``: not quantized.
        exclude: names of further convolutions that stay float.
        activation_bits: 8, or 7 to rule out the 16-bit saturation of CPUs without VNNI
            (see `activation_bits.py`); None chooses 7 exactly on such CPUs. A network made with 8 bits
            and run on such a CPU may saturate, the more so the more even its channels are.

    Raises:
        ZooError: unknown option value or layer, or unfit calibration batches.
    """
    calibrate.check_mode(mode)
    if last_conv not in LAST_CONV:
        raise ZooError("last_conv: unknown '{}'{}".format(last_conv, did_you_mean(last_conv, LAST_CONV)))
    if unsigned not in UNSIGNED:
        raise ZooError("unsigned: unknown '{}'{}".format(unsigned, did_you_mean(unsigned, UNSIGNED)))
    if equalise is not None and not 0 <= equalise <= 1:
        raise ZooError("equalise: {} is not between 0 and 1".format(equalise))
    if activation_bits not in (None, 7, 8):
        raise ZooError("activation_bits: {} is neither 7 nor 8".format(activation_bits))
    if mode == "none":
        if any(node.op == "clip" for node in Graph.from_symbol(net.symbol).sorted_nodes()):
            raise ZooError(
                "calibration mode: 'none' does not work for networks with ReLU6 (MXNet's int8 ReLU6 clips only at a "
                "calibrated range); use 'naive', 'entropy' or 'mse'"
            )
        if last_conv == "int32":
            last_conv = "int8"  # sums can be scaled only with known ranges
    bits = activation_bits or (8 if has_vnni() else 7)
    batches = calibrate.check_batches(calibration_batches, net.input_shape)

    draft = Draft.of(net)
    layers = [node.name for node in draft.graph.of_type("Convolution")]
    for name in exclude:
        if name not in layers:
            raise ZooError("exclude: no convolution '{}'{}".format(name, did_you_mean(name, layers)))
    if layers and layers[-1] in exclude:
        last_conv = "fp32"
    # a transposed convolution that stays one keeps its batch norm: with a bias oneDNN's kernel is far slower
    folded = fold_batch_norms(draft, into=lambda node: node.op == "Convolution" or (subpixel and is_upsampler(node)))
    rewritten = _rewrite(draft, exclude) if subpixel else []
    equalised = equalise_channels(draft, batches, equalise) if equalise is not None else 0
    shifted = make_unsigned(draft, batches, unsigned) if unsigned != "none" else []
    head = _last_convolution(draft.graph)
    floats = list(dict.fromkeys(list(exclude) + ([head] if last_conv == "fp32" and head else [])))
    int8_layers = [node.name for node in draft.graph.of_type("Convolution") if node.name not in floats]
    factors = _equalise(draft, head) if last_conv == "int32" and head else None
    snap_weights(draft, int8_layers, batches, correct_bias)

    rounded = draft.finish(net)
    calibrated = calibrate.quantize_graph(rounded, batches, mode, floats, float_activations=True)
    graph, args = calibrated.graph, dict(rounded.args)
    mended = mend_residual_ranges(graph) if fix_residual else []
    if bits == 7:
        limit_activations(graph)
    if factors is not None:
        integer_head(graph, args, head, factors)
    recipe: Dict[str, Any] = {
        "calibration_mode": mode,
        "calibration_samples": calibrated.samples,
        "batch_norms_folded": folded,
        "deconvolutions_rewritten": len(rewritten),
        "equalise": equalise,
        "groups_equalised": equalised,
        "unsigned_shifts": len(shifted),
        "residual_ranges_mended": len(mended),
        "bias_correction": bool(correct_bias),
        "last_conv": last_conv,
        "float_layers": floats,
        "activation_bits": bits,
    }
    symbol = graph.to_symbol()
    present = set(symbol.list_arguments())
    return QuantizedNet(
        name=net.name,
        symbol=symbol,
        args={name: value for name, value in args.items() if name in present},
        auxs={name: rounded.auxs[name] for name in symbol.list_auxiliary_states()},
        int8_weights=tuple(draft.graph.nodes[name].inputs[1][0] for name in int8_layers),
        input_shape=net.input_shape,
        recipe=recipe,
        size=net.size(),
    )


def optimise_float(net: FloatNet) -> FloatNet:
    """Return the same float network with its batch norms folded into its convolutions.

    Transposed convolutions keep theirs: oneDNN's kernel with a bias is slower than without.
    """
    draft = Draft.of(net)
    fold_batch_norms(draft, into=lambda node: node.op == "Convolution")
    return draft.finish(net)


def _rewrite(draft: Draft, exclude: Sequence[str]) -> List[str]:
    rewritten = rewrite_deconvolutions(draft)
    if rewritten:
        move_pointwise_before_shuffle(draft, exclude=exclude)
    return rewritten


def _last_convolution(graph: Graph) -> str:
    """Return the convolution whose output, only moved about, is the network's output; "" if there is none."""
    node = graph.nodes[graph.heads[0][0]]
    while node.op in ("Reshape", "transpose", "slice"):
        node = graph.nodes[node.inputs[0][0]]
    return node.name if node.op == "Convolution" else ""


def _equalise(draft: Draft, head: str) -> np.ndarray:
    """Scale the head's output channels to one common largest weight and return the factors ``[C]``."""
    node = draft.graph.nodes[head]
    weight_name, bias_name = node.inputs[1][0], draft.give_bias(node)
    weight = draft.args[weight_name]
    largest = np.abs(weight.reshape(len(weight), -1)).max(axis=1).astype(np.float64)
    factors = np.where(largest > 0, largest.max() / np.where(largest > 0, largest, 1), 1.0)
    draft.args[weight_name] = (weight * factors[:, None, None, None]).astype(np.float32)
    draft.args[bias_name] = (draft.args[bias_name] * factors).astype(np.float32)
    return factors
