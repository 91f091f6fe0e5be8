"""AIMET's encoding files, as its TensorFlow side writes them: formats 0.5.1 (AIMET 1.22) and 0.6.1 (from 1.24).

Tensors are called ``op:0``. A per-channel parameter has one entry whose numbers are lists. Scale and offset follow
anew from minimum and maximum, the offset rounded half to even; 0.5.1 does not know strict symmetric grids there.
"""

import json
from typing import Any, Dict, List, Mapping, NamedTuple, Union

import numpy as np
import yaml

from zoo_common.errors import ZooError, did_you_mean
from zoo_common.files import PathLike, atomic_open, read_json
from zoo_common.quantization.encoding import Encoding
from zoo_common.quantization.entries import per_channel, per_tensor, read_entries
from zoo_common.quantization.grid import LEAST_RANGE_APPLIED
from zoo_tf1.quantsim.config import Config
from zoo_tf1.quantsim.graph import Index, Network
from zoo_tf1.quantsim.insert import Quantization
from zoo_tf1.quantsim.placement import Placement
from zoo_tf1.quantsim.weights import channels

VERSIONS = ("0.5.1", "0.6.1")
SCHEME_NAMES = {"tf": "post_training_tf", "tf_enhanced": "post_training_tf_enhanced"}
NUMBERS = ("max", "min", "offset", "scale")


class Arguments(NamedTuple):
    """What ``quantizer_args`` of a file tell about its making."""

    config: Config
    scheme: str
    param_bits: int
    output_bits: int

    def document(self) -> Dict[str, Any]:
        """Return them as they are written; symmetry is the parameters' default."""
        defaults = self.config.defaults
        symmetric = defaults.params.is_symmetric
        return {
            "activation_bitwidth": self.output_bits,
            "dtype": "int",
            "is_symmetric": defaults.per_channel_quantization if symmetric is None else symmetric,
            "param_bitwidth": self.param_bits,
            "per_channel_quantization": defaults.per_channel_quantization,
            "quant_scheme": SCHEME_NAMES.get(self.scheme, self.scheme),
        }


def write_encodings(
    prefix: PathLike, quantization: Quantization, arguments: Arguments, version: str = "0.6.1"
) -> List[str]:
    """Write ``<prefix>.encodings`` (JSON) and ``<prefix>.encodings.yaml``, of the same content.

    Returns:
        The two paths.

    Raises:
        ZooError: an unknown version, or a file cannot be written.
    """
    if version not in VERSIONS:
        raise ZooError("version: unknown '{}'{}".format(version, did_you_mean(version, VERSIONS)))
    document: Dict[str, Any] = {"version": version}
    for field, part in (("activation_encodings", quantization[0]), ("param_encodings", quantization[1])):
        document[field] = {name + ":0": [_entry(encoding, version)] for name, encoding in part.items()}
    if version != "0.5.1":
        document["quantizer_args"] = arguments.document()
    paths = ["{}.encodings".format(prefix), "{}.encodings.yaml".format(prefix)]
    with atomic_open(paths[0]) as stream:
        stream.write(json.dumps(document, indent=4, sort_keys=True, allow_nan=False))
    with atomic_open(paths[1]) as stream:
        yaml.safe_dump(document, stream, default_flow_style=False, allow_unicode=True)
    return paths


def _entry(encoding: Encoding, version: str) -> Dict[str, Any]:
    low = np.minimum(np.asarray(encoding.minimum, np.float64), 0)
    high = np.maximum(np.asarray(encoding.maximum, np.float64), 0)
    high = np.maximum(high, low + LEAST_RANGE_APPLIED)
    strict = (low == -high) & (version != "0.5.1")
    scale = (high - low) / np.where(strict, 2**encoding.bits - 2, 2**encoding.bits - 1)
    offset = np.around(low / scale).astype(int)
    numbers = zip(NUMBERS, (high, low, offset, scale))
    entry: Dict[str, Any] = {name: _plain(value) for name, value in numbers}
    return {**entry, "bitwidth": encoding.bits, "dtype": "int", "is_symmetric": str(bool(encoding.symmetric))}


def _plain(value: np.ndarray) -> Union[float, int, List[float]]:
    return value.tolist()  # type: ignore[no-any-return]


def read_encodings(path: PathLike, network: Network, placement: Placement) -> Quantization:
    """Read a file of `write_encodings`, or AIMET's own.

    Minimum and maximum come back bit for bit, and rounding follows from them alone.

    Args:
        path: the JSON file.
        network: what the encodings are for.
        placement: its quantizers.

    Raises:
        ZooError: not such a file, or it names tensors that have no enabled quantizer; the message names the field.
    """
    document = read_json(path)
    for field in ("activation_encodings", "param_encodings"):
        if not isinstance(document, dict) or not isinstance(document.get(field), dict):
            raise ZooError("{}: {}: an object is needed".format(path, field))
    version = document.get("version", VERSIONS[0])
    if not str(version).startswith(("0.5.", "0.6.")):
        raise ZooError("{}: version: '{}' is none of {}".format(path, version, ", ".join(VERSIONS)))
    on = placement.enabled()
    index = Index(network.graph)
    activations, parameters = {}, {}
    for name, entries in _known(path, "activation_encodings", document, on.activations).items():
        source = "{}: activation_encodings: {}:0".format(path, name)
        activations[name] = per_tensor(read_entries(_columns(entries, source), source), source)
    for name, entries in _known(path, "param_encodings", document, on.parameters).items():
        source = "{}: param_encodings: {}:0".format(path, name)
        parameter = on.parameters[name]
        rows = read_entries(_columns(entries, source), source)
        if parameter.per_channel:
            parameters[name] = per_channel(rows, channels(index.constant(name), parameter.type), source)
        else:
            parameters[name] = per_tensor(rows, source)
    return Quantization(activations, parameters)


def _known(path: PathLike, field: str, document: Mapping[str, Any], known: Mapping[str, Any]) -> Dict[str, Any]:
    found = {}
    for tensor, entries in document[field].items():
        name, _, number = tensor.partition(":")
        if name not in known or number not in ("", "0"):
            hint = did_you_mean(name, known) if known else ""
            hint = hint if hint.startswith("; did") else ""
            raise ZooError("{}: {}: the network has no quantizer for '{}'{}".format(path, field, tensor, hint))
        found[name] = entries
    return found


def _columns(entries: Any, source: str) -> Any:
    """Return one entry with lists as one entry per channel; anything else as it is."""
    if not isinstance(entries, list) or len(entries) != 1 or not isinstance(entries[0], dict):
        return entries
    (entry,) = entries
    lists = {name: entry[name] for name in NUMBERS if isinstance(entry.get(name), list)}
    if not lists:
        return entries
    if len(lists) < len(NUMBERS) or len({len(values) for values in lists.values()}) > 1:
        raise ZooError("{}: max, min, offset and scale must be lists of one length".format(source))
    return [{**entry, **dict(zip(lists, row))} for row in zip(*lists.values())]
