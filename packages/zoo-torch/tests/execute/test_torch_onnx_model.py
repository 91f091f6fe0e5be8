import numpy as np
import onnx
import pytest

from zoo_common.errors import ZooError
from zoo_torch.execute.eager import EagerNetwork
from zoo_torch.execute.onnx_model import float_model, write_model
from zoo_torch.execute.openvino import OpenVinoNetwork
from zoo_torch.execute.ort import OrtNetwork
from zoo_torch.execute.qdq import qdq_model
from zoo_torch.quantize.graph import FoldedGraph, Node


@pytest.mark.parametrize("runtime", [OrtNetwork, OpenVinoNetwork])
def test_the_float_model_computes_what_the_module_does(tiny, runtime):
    network = runtime(float_model(tiny.graph), threads=1)
    np.testing.assert_allclose(network(tiny.batch), EagerNetwork(tiny.module)(tiny.batch), rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(network(tiny.batch[:1]), network(tiny.batch)[:1], atol=1e-6)


@pytest.mark.parametrize("integers", [False, True])
def test_a_written_model_gives_the_same_bits(tiny, tmp_path, integers):
    model = qdq_model(tiny.graph, tiny.w8) if integers else float_model(tiny.graph)
    write_model(model, tmp_path / "a.onnx")
    write_model(onnx.load(str(tmp_path / "a.onnx")), tmp_path / "b.onnx")
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()
    written, own = OrtNetwork(tmp_path / "b.onnx", threads=1), OrtNetwork(model, threads=1)
    assert np.array_equal(written(tiny.batch), own(tiny.batch))
    assert np.array_equal(written(tiny.batch), written(tiny.batch))


def test_an_int8_file_is_a_quarter_of_the_float_one(tiny, tmp_path):
    parameters = sum(weight.size for weight in tiny.graph.weights.values())
    sizes = [len(model.SerializeToString()) for model in (float_model(tiny.graph), qdq_model(tiny.graph, tiny.w8))]
    stored = [
        sum(len(tensor.raw_data) for tensor in model.graph.initializer if len(tensor.dims) == 4)
        for model in (float_model(tiny.graph), qdq_model(tiny.graph, tiny.w8))
    ]
    assert stored == [4 * parameters, parameters]
    assert min(sizes) > parameters


def test_a_folder_that_cannot_be_written_is_one_line(tiny, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ZooError, match=r"cannot write .*file/a\.onnx"):
        write_model(float_model(tiny.graph), tmp_path / "file" / "a.onnx")


def test_an_unknown_operation_is_named():
    graph = FoldedGraph(
        (Node("input", "input", ()), Node("pool", "maxpool", ("input",)), Node("output", "output", ("pool",))),
        {},
        {},
        (3, 8, 8),
    )
    with pytest.raises(ZooError, match="pool: no ONNX operation is known for 'maxpool'"):
        float_model(graph)
