"""Weights into a network: every name and shape checked, nothing left over on either side."""

import logging
import re
from typing import TYPE_CHECKING, Dict, List, Optional, Sequence

import numpy as np

from zoo_common.errors import ZooError
from zoo_common.files import PathLike
from zoo_tf2_rle.networks.regression import COORDINATES, DEVIATIONS, JOINTS
from zoo_tf2_rle.networks.weight_files import Named, read_weights
from zoo_tf2_rle.tensorflow2 import tf

if TYPE_CHECKING:
    from zoo_tf2_rle.likelihood.flow import RealNVP

LOG = logging.getLogger(__name__)
_NAMED = 3
"""So many faulty names are told; the rest are counted."""
_TRAINING = re.compile(r"^(training/)?(Adam|adam|SGD|RMSprop|learning_rate|iteration|iter|beta_\d|decay|save_counter)")
_FLOW = re.compile(r"(^|/)(flow|real_?nvp|[st]\d\.\d)", re.IGNORECASE)


def load_network(network: tf.keras.Model, path: PathLike) -> None:
    """Load the weights of a file into the network.

    Variables go by layer and variable name, such as ``conv1_conv/kernel``; what lies above in the path is the file's
    own affair. An optimiser's and the flow's variables are passed over. Heads under other names are recognised by their
    shape, the one with ``sigma`` in its name as the deviations'.

    Raises:
        ZooError: as `read_weights`; names or shapes of another network; values that are not finite.
    """
    fill_network(network, read_weights(path), path)


def fill_network(network: tf.keras.Model, named: Named, path: PathLike) -> None:
    """Do as `load_network` with arrays that are read already; ``path`` is where they came from, for messages."""
    found = _short({name: value for name, value in named.items() if not _FLOW.search(name)}, path)
    _name_heads(found, {_last_two(variable.name) for variable in network.weights}, path)
    _assign(network.weights, found, network.name, path)


def load_flow(flow: "RealNVP", path: PathLike) -> None:
    """Load the flow's weights of a file, to train on from: the official PyTorch file, or a checkpoint of training.

    Raises:
        ZooError: as `read_weights`; it holds no flow, or another; values that are not finite.
    """
    fill_flow(flow, read_weights(path), path)


def load_both(network: tf.keras.Model, flow: "Optional[RealNVP]", path: PathLike) -> None:
    """Load a file to train on from: the network, and the flow where one is wanted and the file holds one.

    Raises:
        ZooError: as `load_network` and `load_flow`.
    """
    named = read_weights(path)
    fill_network(network, named, path)
    if flow is not None and any(_FLOW.search(name) for name in named):
        fill_flow(flow, named, path)


def fill_flow(flow: "RealNVP", named: Named, path: PathLike) -> None:
    """Do as `load_flow` with arrays that are read already; ``path`` is where they came from, for messages."""
    of_flow = {name: value for name, value in named.items() if _FLOW.search(name)}
    if not of_flow:
        raise ZooError("{}: holds no flow".format(path))
    found = _short(of_flow, path)
    masks = found.pop("flow/mask", flow.masks)
    if not np.array_equal(masks, flow.masks):
        raise ZooError("{}: 'flow.mask' is {}, not {}".format(path, np.asarray(masks).tolist(), flow.masks.tolist()))
    _assign(flow.weights, found, flow.name, path)


def _assign(weights: Sequence[tf.Variable], named: Named, owner: str, path: PathLike) -> None:
    variables = {_last_two(variable.name): variable for variable in weights}
    missing = [name for name in variables if name not in named]
    unexpected = [name for name in named if name not in variables]
    misshapen = [
        "{} {} where the network has {}".format(name, list(named[name].shape), list(variable.shape))
        for name, variable in variables.items()
        if name in named and named[name].shape != tuple(variable.shape)
    ]
    kinds = (("missing", missing), ("unexpected", unexpected), ("of another shape", misshapen))
    faults = [_fault(kind, names) for kind, names in kinds if names]
    if faults:
        raise ZooError("{}: not the weights of {}: {}".format(path, owner, "; ".join(faults)))
    for name, variable in variables.items():
        if not np.isfinite(named[name]).all():
            raise ZooError("{}: '{}' holds values that are not finite".format(path, name))
        variable.assign(named[name].astype(variable.dtype.as_numpy_dtype))


def _last_two(name: str) -> str:
    return "/".join(name.split(":", maxsplit=1)[0].split("/")[-2:])


def _short(named: Named, path: PathLike) -> Named:
    found: Named = {}
    for name, value in named.items():
        if _TRAINING.match(name):
            continue
        short = _last_two(name)
        if short in found:
            raise ZooError("{}: two variables end in '{}'".format(path, short))
        found[short] = value
    if not found:
        raise ZooError("{}: holds no variables of a network".format(path))
    return found


def _name_heads(named: Named, wanted: "set[str]", path: PathLike) -> None:
    """Give heads that are named otherwise the names of ours."""
    heads: Dict[str, List[str]] = {}
    for name, value in named.items():
        if name not in wanted and value.shape[-1:] == (2 * JOINTS,):
            heads.setdefault(name.rsplit("/", 1)[0], []).append(name)
    if len(heads) != 2:
        return
    first, second = heads
    if ("sigma" in first.lower()) == ("sigma" in second.lower()):
        LOG.warning("%s: takes '%s' for the coordinates and '%s' for the deviations, by their order", *(path, *heads))
    elif "sigma" in first.lower():
        first, second = second, first
    for ours, theirs in ((COORDINATES, first), (DEVIATIONS, second)):
        for name in heads[theirs]:
            part = "bias" if named[name].ndim == 1 else "kernel"
            named["{}/{}".format(ours, part)] = named.pop(name)


def _fault(kind: str, names: List[str]) -> str:
    return "{} {}: {}{}".format(len(names), kind, ", ".join(names[:_NAMED]), ", ..." if names[_NAMED:] else "")
