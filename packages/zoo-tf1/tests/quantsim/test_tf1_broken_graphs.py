"""Graphs that would end TensorFlow 1.15, or our walk through them, without a word: refused in one line."""

import numpy as np
import pytest
from tf1_graphs import network

from zoo_common.errors import ZooError
from zoo_tf1.quantsim.graph import GraphDef
from zoo_tf1.quantsim.load import load
from zoo_tf1.quantsim.runner import Runner


def node(graph, name):
    return next(item for item in graph.node if item.name == name)


def cut_input(graph):
    node(graph, "relu1").input[0] = "nowhere"


def loop(graph):
    node(graph, "relu1").input[0] = "relu2"


def odd_number(graph):
    node(graph, "relu1").input[0] = "conv1:x"


def empty_kernel(graph):
    tensor = node(graph, "conv2/weights").attr["value"].tensor
    tensor.tensor_shape.dim[2].size, tensor.tensor_content = 0, b""


def short_kernel(graph):
    node(graph, "conv2/weights").attr["value"].tensor.tensor_content = b"1234"


def endless_constant(graph):
    node(graph, "conv2/weights").attr["value"].tensor.tensor_shape.dim[0].size = 2**40


REFUSED = {
    cut_input: "operation 'nowhere' is read, and is not in the graph",
    loop: r"operation '\w+' reads its own output through others \(a loop\)",
    odd_number: "input 'conv1:x': 'x' is no number of an output",
    empty_kernel: r"'conv2': the kernel 'conv2/weights' has shape \[3, 3, 0, 4\]",
    short_kernel: r"constant 'conv2/weights': 4 bytes where shape \[3, 3, 4, 4\] needs 576",
    endless_constant: r"constant 'conv2/weights': shape \[1099511627776, 3, 4, 4\]",
}


@pytest.mark.parametrize("fault", REFUSED, ids=lambda fault: fault.__name__)
def test_broken_graphs_are_refused(tmp_path, fault):
    graph = GraphDef()
    graph.CopyFrom(network().graph)
    fault(graph)
    (tmp_path / "g.pb").write_bytes(graph.SerializeToString())
    with pytest.raises(ZooError, match=r"g\.pb: .*" + REFUSED[fault]):
        load(tmp_path / "g.pb", ["input"], ["pool"])


def test_a_graph_that_tensorflow_does_not_take(tmp_path):
    graph = GraphDef()
    graph.CopyFrom(network().graph)
    del node(graph, "relu1").attr["T"]
    (tmp_path / "g.pb").write_bytes(graph.SerializeToString())
    with pytest.raises(ZooError, match=r"not a graph TensorFlow can run: .*missing attr 'T'"):
        Runner(load(tmp_path / "g.pb", ["input"], ["pool"]))(np.zeros((1, 8, 8, 3), np.float32))
