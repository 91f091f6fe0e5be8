"""What calibration counts, as TensorFlow operations: smallest and largest value, or a histogram, of many tensors."""

from typing import Dict, Iterable, List, NamedTuple, Optional

import numpy as np
from tensorflow.core.framework import types_pb2

from zoo_common.errors import ZooError
from zoo_common.quantization.enhanced import BUCKETS, Histogram, add_counts, empty_histogram
from zoo_tf1.quantsim.graph import GraphDef, NodeDef, make_constant, make_node, rebuilt
from zoo_tf1.quantsim.rounding import JUST_UNDER_HALF
from zoo_tf1.quantsim.runner import Batch, Runner

FLOAT, INT32 = types_pb2.DT_FLOAT, types_pb2.DT_INT32
PREFIX = "quantsim/statistics/"
CONSTANTS = {
    "all": np.array([-1], np.int32),
    "first": np.array([0], np.int32),
    "half": JUST_UNDER_HALF,
    "under": np.float32(-1),
    "over": np.float32(BUCKETS),
    "one": np.int32(1),
    "buckets": np.int32(BUCKETS + 2),
    "unweighted": np.zeros(0, np.int32),
}


class Range(NamedTuple):
    """Smallest and largest value seen."""

    low: float
    high: float


def with_statistics(graph: GraphDef, names: Iterable[str], histograms: bool) -> GraphDef:
    """Add the operations for the first outputs of some nodes.

    The bucket of a value v is round(v / width - left / width), halves away from zero; those outside 0..511 go to two
    more at the ends.
    """
    nodes = [make_constant(PREFIX + name, value) for name, value in CONSTANTS.items()]
    for name in names:
        nodes.extend(_range(name))
        if histograms:
            nodes.extend(_histogram(name))
    result = rebuilt(graph, graph.node)
    result.node.extend(nodes)
    return result


def _range(name: str) -> List[NodeDef]:
    own = PREFIX + name
    flat = make_node(own + "/flat", "Reshape", [name, PREFIX + "all"], T=FLOAT, Tshape=INT32)
    ends = [make_node(own + "/" + op, op, [flat.name, PREFIX + "first"], T=FLOAT, Tidx=INT32) for op in ("Min", "Max")]
    return [flat, *ends, make_node(own + "/Size", "Size", [name], T=FLOAT, out_type=INT32)]


def _histogram(name: str) -> List[NodeDef]:
    own = PREFIX + name
    nodes = [make_node(own + "/" + scalar, "Placeholder", [], dtype=FLOAT) for scalar in ("width", "start")]
    current = own + "/flat"
    for op, operand in (
        ("RealDiv", own + "/width"),
        ("Sub", own + "/start"),
        ("AddV2", PREFIX + "half"),
        ("Floor", ""),
        ("Maximum", PREFIX + "under"),
        ("Minimum", PREFIX + "over"),
    ):
        nodes.append(make_node(own + "/" + op, op, [current, operand] if operand else [current], T=FLOAT))
        current = nodes[-1].name
    nodes.append(make_node(own + "/Cast", "Cast", [current], SrcT=FLOAT, DstT=INT32))
    nodes.append(make_node(own + "/shifted", "AddV2", [own + "/Cast", PREFIX + "one"], T=INT32))
    inputs = [own + "/shifted", PREFIX + "buckets", PREFIX + "unweighted"]
    nodes.append(make_node(own + "/Bincount", "Bincount", inputs, T=INT32))
    return nodes


def _tensors(names: Iterable[str], *parts: str) -> List[str]:
    return ["{}{}/{}:0".format(PREFIX, name, part) for name in names for part in parts]


def observe_ranges(runner: Runner, batch: Batch, names: Iterable[str], before: Dict[str, Range]) -> Dict[str, Range]:
    """Run one batch and widen the ranges.

    Raises:
        ZooError: a value is not finite.
    """
    names = list(names)
    values = iter(runner.fetch(batch, _tensors(names, "Min", "Max")))
    after = {}
    for name, low, high in zip(names, values, values):
        _check_finite(name, low, high)
        old = before.get(name, Range(float(low), float(high)))
        after[name] = Range(min(old.low, float(low)), max(old.high, float(high)))
    return after


def observe_histograms(
    runner: Runner, batch: Batch, before: Dict[str, Optional[Histogram]]
) -> Dict[str, Optional[Histogram]]:
    """Run one batch and count it; a tensor's first values that are not all zero lay out its buckets.

    Raises:
        ZooError: a value is not finite.
    """
    new = [name for name, seen in before.items() if seen is None]
    after = dict(before)
    if new:
        values = iter(runner.fetch(batch, _tensors(new, "Min", "Max")))
        for name, low, high in zip(new, values, values):
            _check_finite(name, low, high)
            after[name] = empty_histogram(low, high)
    counted = {name: seen for name, seen in after.items() if seen is not None}
    fed = {}
    for name, seen in counted.items():
        fed[PREFIX + name + "/width"] = seen.width
        fed[PREFIX + name + "/start"] = seen.left / seen.width
    values = iter(runner.fetch(batch, _tensors(counted, "Bincount", "Size"), fed))
    for (name, seen), counts, size in zip(counted.items(), values, values):
        after[name] = add_counts(seen, counts[1:-1].astype(np.float64), int(size))
    return after


def _check_finite(name: str, low: np.ndarray, high: np.ndarray) -> None:
    if not np.isfinite([low, high]).all():
        raise ZooError("tensor '{}:0' has values that are not finite".format(name))
