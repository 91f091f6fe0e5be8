"""AIMET's encoding files (format 0.6.1): a whole quantization out and in, the zoo's flat weight files in."""

from collections import Counter
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Tuple

from zoo_common.errors import ZooError
from zoo_common.files import PathLike, read_json, write_json
from zoo_common.quantization.encoding import Encoding
from zoo_common.quantization.entries import per_channel, per_tensor, read_entries, write_entries
from zoo_torch.quantize.graph import FoldedGraph, Quantization
from zoo_torch.quantize.placement import INPUT, SEMANTICS, check_semantics, place

VERSION = "0.6.1"
SCHEME_NAMES = {"tf": "post_training_tf", "tf_enhanced": "post_training_tf_enhanced"}
WEIGHT = ".weight"
NAMES_SHOWN = 3


class WeightEncodings(NamedTuple):
    """What a flat weight file holds for a network.

    Attributes:
        parameters: module path to encoding, for those in both.
        unknown: names in the file that the network has not.
        missing: weights of the network that the file has not, e.g. ``conv1.weight``.
        widths: bit width to number of weights.
    """

    parameters: Dict[str, Encoding]
    unknown: Tuple[str, ...]
    missing: Tuple[str, ...]
    widths: Dict[int, int]


def write_encodings(prefix: PathLike, graph: FoldedGraph, quantization: Quantization, scheme: str = "tf") -> List[str]:
    """Write ``<prefix>.encodings``, keyed by tensors (our node names), and ``<prefix>_torch.encodings``, by modules.

    Returns:
        The two paths.

    Raises:
        ZooError: a file cannot be written.
    """
    tensors = {
        node: write_entries(quantization.outputs[name]) for node, name in sorted(quantization.activations.items())
    }
    modules: Dict[str, Dict[str, Any]] = {}
    for name, encoding in quantization.outputs.items():
        layer, side = (_first_layer(graph), "input") if name == INPUT else (name, "output")
        modules.setdefault(layer, {})[side] = {"0": write_entries(encoding)[0]}
    paths = ["{}{}.encodings".format(prefix, suffix) for suffix in ("", "_torch")]
    for path, activations in zip(paths, (tensors, modules)):
        write_json(path, _document(activations, quantization, scheme))
    return paths


def _document(activations: Mapping[str, Any], quantization: Quantization, scheme: str) -> Dict[str, Any]:
    parameters, outputs = quantization.parameters, quantization.outputs
    arguments = {
        "activation_bitwidth": _commonest(outputs),
        "dtype": "int",
        "is_symmetric": True,
        "param_bitwidth": _commonest(parameters),
        "per_channel_quantization": True,
        "quant_scheme": SCHEME_NAMES.get(scheme, scheme),
    }
    return {
        "activation_encodings": activations,
        "excluded_layers": [],
        "param_encodings": {path + WEIGHT: write_entries(encoding) for path, encoding in parameters.items()},
        "quantizer_args": arguments,
        "version": VERSION,
    }


def _commonest(encodings: Mapping[str, Encoding]) -> Optional[int]:
    widths = Counter(encoding.bits for encoding in encodings.values()).most_common(1)
    return widths[0][0] if widths else None


def read_encodings(path: PathLike, graph: FoldedGraph, semantics: Optional[str] = None) -> Quantization:
    """Read either file of `write_encodings`; what comes back is equal to what was written.

    Args:
        path: the file.
        graph: the network it was made for.
        semantics: None takes the first of `SEMANTICS` that rounds the tensors the file names.

    Raises:
        ZooError: not such a file, or made for another network or placement; the message names the field.
    """
    document = read_json(path)
    if not isinstance(document, dict):
        raise ZooError("{}: not an encodings file: the top level is no object".format(path))
    for field in ("activation_encodings", "param_encodings"):
        if not isinstance(document.get(field), dict):
            raise ZooError("{}: {}: an object is needed".format(path, field))
    found = _activations(path, graph, document["activation_encodings"])
    weights = _weights(path, graph, document["param_encodings"])
    if weights.unknown or not weights.parameters:
        raise _of_another_network(path, weights.unknown or ("(none)",), "weights")
    for name in [check_semantics(semantics)] if semantics else SEMANTICS:
        activations = place(graph, name)
        by_node = {node: found[node] for node in activations if node in found}
        by_quantizer = {quantizer: found[quantizer] for quantizer in activations.values() if quantizer in found}
        if set(found) == set(activations) and set(by_node) == set(activations):
            outputs = _by_quantizer(path, activations, by_node)
        elif set(found) == set(activations.values()):
            outputs = by_quantizer
        else:
            continue
        return Quantization(activations, outputs, weights.parameters, name)
    known = {node.name for node in graph.nodes} | {str(node.module) for node in graph.nodes}
    unknown = tuple(name for name in found if name not in known)
    if unknown:
        raise _of_another_network(path, unknown, "tensors")
    placed = place(graph, semantics or SEMANTICS[0])
    differing = sorted(set(found).symmetric_difference(placed))
    text = "{}: activation_encodings: {} tensors where the network has {}, e.g. {}"
    raise ZooError(text.format(path, len(found), len(placed), ", ".join(differing[:NAMES_SHOWN])))


def _activations(path: PathLike, graph: FoldedGraph, values: Mapping[str, Any]) -> Dict[str, Encoding]:
    """Read ``{tensor: [entry]}`` or ``{module: {"input"|"output": {"0": entry}}}``."""
    found = {}
    for name, value in values.items():
        sides = value.items() if isinstance(value, dict) else [("output", {"0": value})]
        for side, items in sides:
            source = "{}: activation_encodings: {}: {}".format(path, name, side)
            if side not in ("input", "output") or not isinstance(items, dict) or list(items) != ["0"]:
                raise ZooError("{}: one encoding '0' of 'input' or 'output' is needed".format(source))
            entries = items["0"] if isinstance(items["0"], list) else [items["0"]]
            if side == "input" and name != _first_layer(graph):
                raise ZooError("{}: only the first layer's input has an encoding".format(source))
            found[INPUT if side == "input" else name] = per_tensor(read_entries(entries, source), source)
    return found


def _by_quantizer(path: PathLike, activations: Mapping[str, str], found: Mapping[str, Encoding]) -> Dict[str, Encoding]:
    outputs: Dict[str, Encoding] = {}
    for node, quantizer in activations.items():
        if outputs.setdefault(quantizer, found[node]) != found[node]:
            raise ZooError("{}: activation_encodings: {} differs from another call of it".format(path, node))
    return outputs


def read_weight_encodings(path: PathLike, graph: FoldedGraph, bits: Optional[int] = None) -> WeightEncodings:
    """Read a flat file ``{"conv1.weight": [entry per channel], ...}``, such as the zoo's releases carry.

    AIMET ignores names it does not know without a word; here they are returned.

    Args:
        path: the file.
        graph: the network it is for.
        bits: the width asked for; most weights of the file must have it. Single layers of another width keep theirs.

    Raises:
        ZooError: not such a file, of another network, or of another bit width than asked for.
    """
    document = read_json(path)
    if isinstance(document, dict) and isinstance(document.get("param_encodings"), dict):
        document = document["param_encodings"]
    if not isinstance(document, dict) or not document:
        raise ZooError("{}: not a weight encodings file: names with lists of encodings are needed".format(path))
    weights = _weights(path, graph, document)
    if not weights.parameters:
        raise _of_another_network(path, weights.unknown, "weights")
    width = max(weights.widths, key=lambda key: weights.widths[key])
    if bits is not None and width != bits:
        raise ZooError("{}: its weights have {} bits, {} were asked for".format(path, width, bits))
    return weights


def _weights(path: PathLike, graph: FoldedGraph, values: Mapping[str, Any]) -> WeightEncodings:
    parameters: Dict[str, Encoding] = {}
    unknown = []
    for name, value in values.items():
        module = name[: -len(WEIGHT)] if name.endswith(WEIGHT) else ""
        if module not in graph.weights:
            unknown.append(name)
            continue
        source = "{}: {}".format(path, name)
        parameters[module] = per_channel(read_entries(value, source), len(graph.weights[module]), source)
    missing = tuple(module + WEIGHT for module in graph.weights if module not in parameters)
    widths = Counter(encoding.bits for encoding in parameters.values())
    return WeightEncodings(parameters, tuple(unknown), missing, dict(widths))


def _of_another_network(path: PathLike, names: Tuple[str, ...], what: str) -> ZooError:
    shown = ", ".join(names[:NAMES_SHOWN]) + (", ..." if len(names) > NAMES_SHOWN else "")
    return ZooError("{}: encodings of another network: it has no {} {}".format(path, what, shown))


def _first_layer(graph: FoldedGraph) -> str:
    for node in graph.nodes:
        if "input" in node.inputs:
            return str(node.module)
    return ""
