"""Calibration: encodings of the constants from their values, of the activations from batches fed."""

from typing import Dict, Iterable, Optional

from tqdm import tqdm

from zoo_common.errors import ZooError
from zoo_common.quantization.encoding import Encoding
from zoo_common.quantization.enhanced import Histogram, enhanced_encoding
from zoo_common.quantization.grid import check_bits, minmax_encoding
from zoo_tf1.quantsim.graph import Index, Network
from zoo_tf1.quantsim.insert import Quantization, round_constants
from zoo_tf1.quantsim.placement import Placement
from zoo_tf1.quantsim.runner import Batch, Runner
from zoo_tf1.quantsim.statistics import Range, observe_histograms, observe_ranges, with_statistics
from zoo_tf1.quantsim.weights import check_scheme, weight_encoding


def calibrate(
    network: Network,
    placement: Placement,
    batches: Iterable[Batch],
    scheme: str = "tf",
    param_bits: int = 8,
    output_bits: int = 8,
    frozen: Optional[Quantization] = None,
    progress: bool = False,
    threads: Optional[int] = None,
) -> Quantization:
    """Compute the encodings of all enabled quantizers as AIMET's ``compute_encodings`` does.

    Constants are rounded while activations are observed; activations pass unrounded. Each batch counts alike in a
    histogram, whatever its size.

    Args:
        network: to calibrate.
        placement: its quantizers.
        batches: float32 arrays of the only input, or mappings of input names to arrays; read once.
        scheme: ``tf``, minimum and maximum, or ``tf_enhanced``, least squared error over a histogram.
        param_bits, output_bits: of constants and of activations, 4 to 16.
        frozen: encodings kept as they are.
        progress: show a bar.
        threads: of TensorFlow; None leaves it to it.

    Raises:
        ZooError: unknown scheme, unfit bit width, no batch, or one that does not fit the network or is not finite.
    """
    check_scheme(scheme)
    output_bits = check_bits(output_bits, "output_bits")
    on = placement.enabled()
    parameters = parameter_encodings(network, placement, scheme, param_bits, frozen)
    activations = dict(frozen.activations) if frozen else {}
    names = [name for name in on.activations if name not in activations]
    rounded = round_constants(network, placement, parameters)
    graph = with_statistics(rounded.graph, names, scheme == "tf_enhanced")
    ranges: Dict[str, Range] = {}
    histograms: Dict[str, Optional[Histogram]] = dict.fromkeys(names)
    seen = 0
    with Runner(rounded, graph, threads) as runner:
        for batch in tqdm(batches, "calibrating", disable=not progress, unit="batch"):
            seen += 1
            if scheme == "tf":
                ranges = observe_ranges(runner, batch, names, ranges)
            else:
                histograms = observe_histograms(runner, batch, histograms)
    if names and not seen:
        raise ZooError("calibration: there are no batches")
    for name in names:
        rules = (output_bits, on.activations[name].symmetric, placement.unsigned, placement.strict)
        if scheme == "tf":
            activations[name] = minmax_encoding(ranges[name].low, ranges[name].high, *rules)
        else:
            activations[name] = enhanced_encoding(histograms[name], *rules)
    return Quantization(activations, parameters)


def parameter_encodings(
    network: Network,
    placement: Placement,
    scheme: str = "tf",
    param_bits: int = 8,
    frozen: Optional[Quantization] = None,
) -> Dict[str, Encoding]:
    """Compute the encodings of all enabled quantizers of constants, but for those frozen.

    Raises:
        ZooError: unknown scheme or unfit bit width.
    """
    check_scheme(scheme)
    param_bits = check_bits(param_bits, "param_bits")
    index = Index(network.graph)
    found = dict(frozen.parameters) if frozen else {}
    for name, parameter in placement.enabled().parameters.items():
        value = index.constant(name)
        if name not in found and value is not None:
            found[name] = weight_encoding(value, parameter, placement, scheme, param_bits)
    return found
