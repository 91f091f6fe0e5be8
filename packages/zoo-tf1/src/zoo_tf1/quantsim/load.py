"""Networks from files: a frozen ``.pb``, a SavedModel folder, or a ``.meta`` with its checkpoint."""

import difflib
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence

import numpy as np
from google.protobuf.message import DecodeError
from tensorflow.python.framework import dtypes
from tensorflow.python.saved_model.loader_impl import SavedModelLoader

from zoo_common.errors import ZooError
from zoo_common.files import PathLike, atomic_open
from zoo_tf1.quantsim.graph import GraphDef, Index, Network, NodeDef, make_constant, make_node, output_type, rebuilt
from zoo_tf1.quantsim.harmless import require_harmless
from zoo_tf1.quantsim.soundness import require_kernels, require_order
from zoo_tf1.tensorflow1 import tf

VARIABLES = frozenset(["Variable", "VariableV2", "VarHandleOp", "AutoReloadVariable"])
PLACEHOLDERS = frozenset(["Placeholder", "PlaceholderV2"])
BATCH_NORMS = frozenset(["FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"])
MANY = 3


def load(
    path: PathLike,
    inputs: Sequence[str],
    outputs: Sequence[str],
    values: Optional[Mapping[str, Any]] = None,
    training_batch_norms: bool = False,
) -> Network:
    """Read a network.

    Args:
        path: a frozen GraphDef (``.pb``), a SavedModel folder, or a ``.meta`` beside its checkpoint of the same name.
        inputs, outputs: operations or their first tensors, e.g. ``input`` or ``input:0``.
        values: of further placeholders, e.g. ``{"is_training": False}``.
        training_batch_norms: let batch norms pass that use the batch's own statistics; quantize them only after
            `zoo_tf1.quantsim.batch_norms.average_batch_norms`.

    Raises:
        ZooError: the file is unreadable, a name is not in it, a variable is not frozen, a placeholder has no value,
            a batch norm is in training mode, or an operation that would run may reach files, the network or Python.
    """
    names = _operation_names(inputs), _operation_names(outputs)
    source = Path(str(path))
    if not source.exists():
        raise ZooError("{}: no such file or folder".format(path))
    if source.is_dir():
        graph = _from_saved_model(source, names[1])
    elif source.suffix == ".meta":
        graph = _from_checkpoint(source, names[1])
    else:
        graph = GraphDef()
        try:
            graph.ParseFromString(source.read_bytes())
        except DecodeError:
            raise ZooError("{}: not a frozen TensorFlow graph".format(path)) from None
    return network_of(graph, *names, values=values, training_batch_norms=training_batch_norms, source=str(path))


def network_of(
    graph: GraphDef,
    inputs: Sequence[str],
    outputs: Sequence[str],
    values: Optional[Mapping[str, Any]] = None,
    training_batch_norms: bool = False,
    source: str = "graph",
) -> Network:
    """Make a network of a frozen GraphDef: only what its outputs need. Arguments and errors as of `load`."""
    inputs, outputs = _operation_names(inputs), _operation_names(outputs)
    require_kernels(graph, source)
    index = Index(graph)
    fed = {_operation_names([name])[0]: value for name, value in (values or {}).items()}
    _check_names(index, "input", inputs, source)
    _check_names(index, "value", fed, source)
    _check_names(index, "output", outputs, source)
    changed = {name: _with_value(index.nodes[name], value) for name, value in fed.items()}
    shapes = _shapes(graph, [name for name in inputs if index.nodes[name].op not in PLACEHOLDERS])
    changed.update({name: _as_placeholder(index.nodes[name], shapes.get(name)) for name in inputs})
    graph = rebuilt(graph, [changed.get(node.name, node) for node in graph.node])
    require_order(graph, outputs, source)
    require_harmless(graph, outputs, source)
    nodes = Index(graph).sorted_from(outputs)
    _check_nodes(nodes, inputs, training_batch_norms, source)
    unused = sorted(set(inputs) - {node.name for node in nodes})
    if unused:
        raise ZooError("{}: input '{}' does not reach the outputs".format(source, unused[0]))
    return Network(rebuilt(graph, nodes), tuple(inputs), tuple(outputs))


def _operation_names(names: Iterable[str]) -> List[str]:
    found = []
    for name in names:
        operation, _, number = name.partition(":")
        if number not in ("", "0"):
            raise ZooError("'{}': only first outputs (':0') can be named".format(name))
        found.append(operation)
    return found


def _check_names(index: Index, what: str, names: Iterable[str], source: str) -> None:
    for name in names:
        if name in index.nodes:
            continue
        candidates = [node.name for node in index.nodes.values() if node.op != "Const"]
        near = difflib.get_close_matches(name, candidates, n=1, cutoff=0.6)
        if what == "output":
            likely = [item for item in candidates if not index.readers_of(item)]
        else:
            likely = [item for item in candidates if index.nodes[item].op in PLACEHOLDERS]
        hint = "; did you mean '{}'?".format(near[0]) if near else ""
        hint = hint or ("; its ends are {}".format(", ".join(likely[:MANY])) if likely else "")
        raise ZooError("{}: no {} operation '{}'{}".format(source, what, name, hint))


def _shapes(graph: GraphDef, names: Sequence[str]) -> Dict[str, Any]:
    """Return the shapes of operations' first outputs, as far as they follow from the graph."""
    if not names:
        return {}
    with tf.Graph().as_default() as opened:
        try:
            tf.import_graph_def(graph, name="")
        except (ValueError, tf.errors.OpError):  # what is wrong is found, and said, when the network is run
            return {}
        return {name: opened.get_operation_by_name(name).outputs[0].shape for name in names}


def _as_placeholder(node: NodeDef, shape: Any) -> NodeDef:
    if node.op in PLACEHOLDERS:
        return node
    found = make_node(node.name, "Placeholder", [], dtype=output_type(node))
    if shape is not None and shape.ndims is not None:
        found.attr["shape"].shape.CopyFrom(shape.as_proto())
    return found


def _with_value(node: NodeDef, value: Any) -> NodeDef:
    return make_constant(node.name, np.asarray(value, dtypes.as_dtype(output_type(node)).as_numpy_dtype))


def _check_nodes(nodes: List[NodeDef], inputs: Sequence[str], training: bool, source: str) -> None:
    def fail(found: List[str], text: str) -> None:
        if found:
            more = " and {} more".format(len(found) - 1) if len(found) > 1 else ""
            raise ZooError("{}: {}".format(source, text.format("'{}'{}".format(found[0], more))))

    fail(
        [node.name for node in nodes if node.op in VARIABLES],
        "variable {} is not frozen; load the .meta with its checkpoint, or freeze the graph",
    )
    fail(
        [node.name for node in nodes if node.op in PLACEHOLDERS and node.name not in inputs],
        "placeholder {} needs a value, or to be named as an input",
    )
    live = [node.name for node in nodes if node.op in BATCH_NORMS and _is_training(node)]
    if not training:
        fail(live, "batch norm {} is in training mode (normalises each batch by itself); average its statistics first")


def _is_training(node: NodeDef) -> bool:
    return node.attr["is_training"].b if "is_training" in node.attr else True


def _from_saved_model(folder: Path, outputs: Sequence[str]) -> GraphDef:
    def restore(session: Any) -> None:
        loader = SavedModelLoader(str(folder))
        saver, _ = loader.load_graph(session.graph, [tf.saved_model.tag_constants.SERVING])
        _check_restoring(session, saver, str(folder))
        loader.restore_variables(session, saver)  # its initialisers fill tables, which no network here needs

    return _freeze(restore, outputs, str(folder))


def _from_checkpoint(meta: Path, outputs: Sequence[str]) -> GraphDef:
    prefix = str(meta)[: -len(".meta")]
    if not Path(prefix + ".index").exists():
        raise ZooError("{}: no checkpoint beside it: {}.index is missing".format(meta, prefix))

    def restore(session: Any) -> None:
        saver = tf.train.import_meta_graph(str(meta), clear_devices=True)
        _check_restoring(session, saver, str(meta))
        if saver is not None:
            saver.restore(session, prefix)

    return _freeze(restore, outputs, str(meta))


def _check_restoring(session: Any, saver: Any, source: str) -> None:
    if saver is not None:
        definition = session.graph.as_graph_def()
        require_harmless(definition, [saver.saver_def.restore_op_name.partition(":")[0]], source, restoring=True)


def _freeze(restore: Callable[[Any], None], outputs: Sequence[str], source: str) -> GraphDef:
    with tf.Graph().as_default() as graph, tf.Session(config=tf.ConfigProto(device_count={"GPU": 0})) as session:
        try:
            restore(session)
        except (OSError, ValueError, KeyError, RuntimeError, DecodeError, tf.errors.OpError) as error:
            text = str(getattr(error, "message", None) or error).strip().splitlines() or [type(error).__name__]
            raise ZooError("{}: cannot be restored: {}".format(source, text[0])) from None
        definition = graph.as_graph_def()
        _check_names(Index(definition), "output", outputs, source)
        read = [node.name for node in definition.node if node.name.endswith("/Read/ReadVariableOp")]
        require_harmless(definition, [*outputs, *read], source)
        return tf.graph_util.convert_variables_to_constants(session, definition, list(outputs))


def save(network: Network, path: PathLike) -> None:
    """Write a network as a frozen ``.pb``.

    Raises:
        ZooError: the file cannot be written.
    """
    with atomic_open(path, "wb") as stream:
        stream.write(network.graph.SerializeToString())
