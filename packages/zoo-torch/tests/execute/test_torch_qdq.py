from collections import Counter

import numpy as np
import onnx
import onnxruntime
import pytest

from zoo_common.errors import ZooError
from zoo_torch.execute.openvino import OpenVinoNetwork
from zoo_torch.execute.ort import OrtNetwork
from zoo_torch.execute.qdq import UPSAMPLING, qdq_model
from zoo_torch.execute.sums import Term, find_sums
from zoo_torch.quantize.calibrate import calibrate
from zoo_torch.quantize.graph import FoldedGraph, Node
from zoo_torch.quantize.simulator import Simulator


def optimised(model, path):
    """Return the graph ONNX Runtime really runs."""
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(path)
    options.log_severity_level = 4
    onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return onnx.load(str(path)).graph


def test_onnx_runtime_runs_every_convolution_and_shortcut_in_integers(tiny, tmp_path):
    graph = optimised(qdq_model(tiny.graph, tiny.w8), tmp_path / "optimised.onnx")
    counts = Counter(node.op_type for node in graph.node)
    sums = find_sums(tiny.graph, tiny.w8.activations)
    long = [terms for terms in sums.terms.values() if len(terms) > 2]
    assert counts["QLinearConv"] == len(tiny.graph.weights)
    assert counts["QLinearAdd"] == len(sums.terms) - len(long)
    assert counts["Add"] == sum(len(terms) - 1 for terms in long)
    assert counts["Conv"] == counts["Relu"] == 0
    assert counts["QuantizeLinear"] == 1 + len(long)


@pytest.mark.parametrize(("bits", "decibels"), [("w8", 25), ("w4", 15)])
def test_execution_is_the_simulation_up_to_rounding(tiny, bits, decibels, sqnr):
    quantization = getattr(tiny, bits)
    simulated = Simulator(tiny.graph, quantization)(tiny.batch)
    executed = OrtNetwork(qdq_model(tiny.graph, quantization), threads=1)(tiny.batch)
    floating = Simulator(tiny.graph)(tiny.batch)
    assert sqnr(simulated, executed) > decibels
    assert sqnr(simulated, executed) > sqnr(floating, simulated) + 3


@pytest.mark.parametrize("semantics", ["aimet-2.42", "prepared"])
def test_other_placements_are_executed_too(tiny, semantics, sqnr):
    quantization = calibrate(tiny.graph, [tiny.batch], semantics=semantics)
    executed = OrtNetwork(qdq_model(tiny.graph, quantization), threads=1)(tiny.batch)
    assert sqnr(Simulator(tiny.graph, quantization)(tiny.batch), executed) > 25


def test_openvino_runs_four_bit_weights_alike_on_every_cpu(tiny, sqnr):
    expand, resize = (qdq_model(tiny.graph, tiny.w4, how) for how in ("expand", "resize"))
    assert sqnr(OrtNetwork(expand, threads=1)(tiny.batch), OpenVinoNetwork(resize, threads=1)(tiny.batch)) > 15
    with pytest.raises(ZooError, match="upsampling: unknown 'resise'; did you mean 'resize'"):
        qdq_model(tiny.graph, tiny.w4, "resise")


def test_sums_know_their_terms_and_resolutions():
    nodes = [Node("input", "input", ()), Node("b", "upsample", ("input",), "b", {"factor": 2})]
    nodes += [Node("c", "upsample", ("input",), "c", {"factor": 4}), Node("add", "add", ("b", "b"))]
    nodes += [
        Node("add#2", "add", ("add", "c")),
        Node("add#3", "add", ("add#2", "b")),
        Node("output", "output", ("add#3",)),
    ]
    graph = FoldedGraph(tuple(nodes), {}, {}, (1, 4, 4))
    sums = find_sums(graph, rounded=())
    assert sums.terms == {"add#3": [Term("b"), Term("b"), Term("c", 4), Term("b")]}
    assert sums.absorbed == {"add", "add#2", "c"}
    assert find_sums(graph, rounded=("add",)).terms["add#3"] == [Term("add"), Term("c", 4), Term("b")]


@pytest.mark.parametrize("factors", [(2, 4), (2, 3), (3, 3, 2), (2, 2)])
def test_terms_of_any_resolution_add_up(factors):
    largest = int(np.lcm.reduce(factors))
    nodes = [Node("input", "input", ())]
    names = []
    for index, factor in enumerate(factors):
        conv = "conv{}".format(index)
        options = {"stride": factor, "padding": 0, "dilation": 1, "groups": 1}
        nodes.append(Node(conv, "conv", ("input",), conv, options))
        nodes.append(Node("up{}".format(index), "upsample", (conv,), "up{}".format(index), {"factor": factor}))
        names.append("up{}".format(index))
    total = names[0]
    for index, name in enumerate(names[1:], 1):
        nodes.append(Node("add#{}".format(index), "add", (total, name)))
        total = "add#{}".format(index)
    nodes += [Node("relu", "relu", (total,), "relu"), Node("output", "output", ("relu",))]
    random = np.random.default_rng(0)
    convolutions = [node.name for node in nodes if node.op == "conv"]
    weights = {name: random.normal(size=(2, 1, 1, 1)).astype(np.float32) for name in convolutions}
    graph = FoldedGraph(
        tuple(nodes), weights, {name: np.zeros(2, np.float32) for name in weights}, (1, largest, largest)
    )
    batch = random.normal(size=(2, 1, largest, largest)).astype(np.float32)
    quantization = calibrate(graph, [batch])
    resized, executed = (OrtNetwork(qdq_model(graph, quantization, how), threads=1)(batch) for how in UPSAMPLING[::-1])
    step = float(quantization.outputs["relu"].scale)
    assert np.array_equal(resized, executed)
    np.testing.assert_allclose(executed, Simulator(graph, quantization)(batch), atol=1.01 * step)


def test_encodings_that_do_not_fit_are_named(tiny):
    sixteen = calibrate(tiny.graph, [tiny.batch[:1]], output_bits=16)
    with pytest.raises(ZooError, match="input: integers need 8-bit activations, its encoding has 16 bits"):
        qdq_model(tiny.graph, sixteen)
    wide = calibrate(tiny.graph, [tiny.batch[:1]], param_bits=16)
    with pytest.raises(ZooError, match="conv1: integers need symmetric weights of at most 8 bits"):
        qdq_model(tiny.graph, wide)
    outputs = {name: grid for name, grid in tiny.w8.outputs.items() if name != "relu"}
    with pytest.raises(ZooError, match="relu: it has no encoding"):
        qdq_model(tiny.graph, tiny.w8._replace(outputs=outputs))
