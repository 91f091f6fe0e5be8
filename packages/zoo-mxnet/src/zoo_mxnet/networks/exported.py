"""Opening an exported network: a symbol file and a parameter file that belong together."""

from pathlib import Path
from typing import Any, Dict, Optional, Tuple

import mxnet as mx
import numpy as np

from zoo_common.errors import ZooError
from zoo_common.files import read_json
from zoo_mxnet.networks.float_net import FloatNet
from zoo_mxnet.networks.weights import read_params


def load_exported(
    prefix: str, epoch: int = 0, input_size: Tuple[int, int] = (256, 192), params: Optional[str] = None
) -> FloatNet:
    """Open ``{prefix}-symbol.json`` with ``{prefix}-{epoch:04d}.params``, or an explicit pair of files.

    Args:
        prefix: the common beginning, or the symbol file itself (ends in ``.json``).
        epoch: the number in the parameter file's name.
        input_size: ``(height, width)`` in pixels.
        params: the parameter file, where its name does not follow from ``prefix``. When ``prefix``
            is a ``.json`` file this defaults to the same name with ``.params``.

    Raises:
        ZooError: a file is absent or broken, or the two do not belong together; the message names
            the file and the first parameter that does not fit.
    """
    symbol_file, params_file = exported_files(prefix, epoch, params)
    symbol = read_symbol(symbol_file)
    args, auxs = split_parameters(read_params(params_file))
    check_pair(symbol, args, auxs, symbol_file, params_file, (3,) + tuple(input_size))
    return FloatNet(
        name=Path(symbol_file).name.replace("-symbol.json", "").replace(".json", ""),
        symbol=symbol,
        args={name: args[name] for name in symbol.list_arguments() if name != "data"},
        auxs={name: auxs[name] for name in symbol.list_auxiliary_states()},
        input_shape=(3,) + tuple(input_size),
        origin=params_file,
    )


def exported_files(prefix: str, epoch: int = 0, params: Optional[str] = None) -> Tuple[str, str]:
    """Return the symbol file and the parameter file a prefix stands for.

    Raises:
        ZooError: one of them is absent.
    """
    if prefix.endswith(".json"):
        symbol_file = prefix
        stem = prefix[: -len("-symbol.json")] if prefix.endswith("-symbol.json") else prefix[: -len(".json")]
    else:
        symbol_file, stem = prefix + "-symbol.json", prefix
        if not Path(symbol_file).is_file() and Path(prefix + ".json").is_file():
            symbol_file = prefix + ".json"
    numbered = "{}-{:04d}.params".format(stem, epoch)
    params_file = params or (
        numbered if Path(numbered).is_file() or not Path(stem + ".params").is_file() else stem + ".params"
    )
    for path in (symbol_file, params_file):
        if not Path(path).is_file():
            raise ZooError("model prefix '{}': no such file: {}".format(prefix, path))
    return symbol_file, params_file


def read_symbol(path: str) -> mx.sym.Symbol:
    """Read a symbol file with exactly one output and an input called ``data``.

    Raises:
        ZooError: broken JSON, or JSON that is no such symbol.
    """
    document = read_json(path)
    if not isinstance(document, dict) or not isinstance(document.get("nodes"), list) or not document.get("heads"):
        raise ZooError("{}: not an MXNet symbol: no 'nodes' and 'heads'".format(path))
    _require_entries(document, path)
    try:
        symbol = mx.sym.load(path)
        arguments, outputs = symbol.list_arguments(), symbol.list_outputs()
    except (mx.base.MXNetError, ValueError) as error:
        raise ZooError("{}: not an MXNet symbol: {}".format(path, str(error).splitlines()[-1][:200])) from error
    if "data" not in arguments:
        raise ZooError("{}: has no input called 'data'".format(path))
    if len(outputs) != 1:
        raise ZooError("{}: has {} outputs where one (the heatmaps) is needed".format(path, len(outputs)))
    return symbol


def _require_entries(document: Dict[str, Any], path: str) -> None:
    """Check that heads and inputs name outputs there are: MXNet reads beyond its memory otherwise."""
    nodes, rows = document["nodes"], document.get("node_row_ptr")
    lists = [document["heads"], *(node.get("inputs") for node in nodes if isinstance(node, dict))]
    for entry in (entry for entries in lists if isinstance(entries, list) for entry in entries):
        whole = isinstance(entry, list) and len(entry) >= 2 and all(type(number) is int for number in entry[:2])
        if not whole or not 0 <= entry[0] < len(nodes) or not 0 <= entry[1] < _outputs(rows, entry[0]):
            raise ZooError("{}: not an MXNet symbol: no output {} of its {} nodes".format(path, entry, len(nodes)))


def _outputs(rows: Any, node: int) -> int:
    """Return how many outputs a node has, as the file says; without a word of it, few have more than 64."""
    known = isinstance(rows, list) and len(rows) > node + 1 and all(type(row) is int for row in rows)
    return min(rows[node + 1] - rows[node], 64) if known else 64


def split_parameters(stored: Dict[str, mx.nd.NDArray]) -> Tuple[Dict[str, np.ndarray], Dict[str, np.ndarray]]:
    """Separate ``arg:`` from ``aux:`` and turn both into NumPy arrays (dtypes kept)."""
    args, auxs = {}, {}
    for key, value in stored.items():
        kind, _, name = key.rpartition(":")
        (auxs if kind == "aux" else args)[name] = value.asnumpy()
    return args, auxs


def check_pair(
    symbol: mx.sym.Symbol,
    args: Dict[str, np.ndarray],
    auxs: Dict[str, np.ndarray],
    symbol_file: str,
    params_file: str,
    input_shape: Tuple[int, ...],
) -> None:
    """Check that the parameters are the symbol's, by name and by shape.

    Raises:
        ZooError: naming the first parameter missing, superfluous or of another shape.
    """
    wanted_args = [name for name in symbol.list_arguments() if name != "data"]
    wanted_auxs = symbol.list_auxiliary_states()
    for wanted, stored in ((wanted_args, args), (wanted_auxs, auxs)):
        for name in wanted:
            if name not in stored:
                raise ZooError("{}: parameter '{}' of {} is missing".format(params_file, name, symbol_file))
        extra = sorted(set(stored) - set(wanted))
        if extra:
            raise ZooError("{}: parameter '{}' is not in {}".format(params_file, extra[0], symbol_file))
    try:
        arg_shapes, _, aux_shapes = symbol.infer_shape_partial(data=(1,) + tuple(input_shape))
    except mx.base.MXNetError as error:
        reason = str(error).splitlines()[-1][:200]
        raise ZooError(
            "{}: does not accept an input of {}: {}".format(symbol_file, list(input_shape), reason)
        ) from error
    shapes = dict(zip(symbol.list_arguments(), arg_shapes or ()))
    shapes.update(zip(wanted_auxs, aux_shapes or ()))
    for name in wanted_args + wanted_auxs:
        stored_shape = (args if name in args else auxs)[name].shape
        expected = tuple(shapes.get(name) or ())
        if expected and 0 not in expected and expected != stored_shape:
            raise ZooError(
                "{}: parameter '{}' has shape {} where {} needs {}".format(
                    params_file, name, stored_shape, symbol_file, expected
                )
            )
