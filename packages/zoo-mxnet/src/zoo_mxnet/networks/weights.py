"""Where a GluonCV network's weights come from, and loading them without surprises."""

import os
from pathlib import Path
from typing import Dict, Optional

import mxnet as mx

from zoo_common.errors import ZooError


def find_weights(name: str, params_file: Optional[str]) -> str:
    """Return the path of a parameter file for ``name``: the given one, else the cached or downloaded one.

    Raises:
        ZooError: the given file is absent, GluonCV publishes no weights, or the download failed.
    """
    if params_file is not None:
        if not Path(params_file).is_file():
            raise ZooError("--params-file: no such file: {}".format(params_file))
        return params_file
    from gluoncv.model_zoo import model_store

    root = os.path.join(os.environ.get("MXNET_HOME", os.path.join("~", ".mxnet")), "models")
    try:
        short_hash = model_store.short_hash(name)
    except ValueError:
        raise ZooError("{}: GluonCV publishes no weights for it; give --params-file".format(name)) from None
    cached = Path(root).expanduser() / "{}-{}.params".format(name, short_hash)
    try:
        return model_store.get_model_file(name, root=root)
    except Exception as error:  # the store raises whatever its downloader met: OSError, RuntimeError, zip errors
        raise ZooError(
            "{}: no weights: {} is absent and GluonCV's model store did not answer ({}); give --params-file".format(
                name, cached, str(error).splitlines()[0] if str(error) else type(error).__name__
            )
        ) from error


def fill(network: mx.gluon.Block, params_file: str, name: str) -> None:
    """Load ``params_file`` into ``network``: every parameter present, nothing left over, all shapes equal.

    Raises:
        ZooError: unreadable file, or the first missing, superfluous or misshapen parameter, by name.
    """
    stored = read_params(params_file)
    stored = {key.split(":", 1)[-1]: value for key, value in stored.items()}
    wanted = network._collect_params_with_prefix()
    if not any("." in key for key in stored):  # an exported file: full names instead of attribute paths
        wanted = {parameter.name: parameter for parameter in wanted.values()}
    for key, parameter in wanted.items():
        if key not in stored:
            raise ZooError("{}: parameter '{}' of {} is missing".format(params_file, key, name))
        if tuple(parameter.shape) != tuple(stored[key].shape):
            raise ZooError(
                "{}: parameter '{}' has shape {} where {} has {}".format(
                    params_file, key, tuple(stored[key].shape), name, tuple(parameter.shape)
                )
            )
    extra = sorted(set(stored) - set(wanted))
    if extra:
        raise ZooError("{}: parameter '{}' is not one of {}'s".format(params_file, extra[0], name))
    for key, parameter in wanted.items():
        parameter.set_data(stored[key].astype("float32"))


def read_params(path: str) -> Dict[str, mx.nd.NDArray]:
    """Read an MXNet parameter file as named arrays.

    Raises:
        ZooError: absent, empty, truncated or not a file of named arrays.
    """
    if not Path(path).is_file():
        raise ZooError("no such file: {}".format(path))
    try:
        arrays = mx.nd.load(str(path))
    except (mx.base.MXNetError, ValueError) as error:  # ValueError: a name that is no text
        raise ZooError("{}: not a readable MXNet parameter file".format(path)) from error
    if not isinstance(arrays, dict) or not arrays:
        raise ZooError("{}: holds no named parameters".format(path))
    return arrays
