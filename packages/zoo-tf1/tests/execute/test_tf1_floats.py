"""Float networks in ONNX Runtime against TensorFlow."""

import numpy as np
import pytest
from tf1_execute_graphs import decibels, dense, images, network, unknown

from zoo_common.errors import ZooError
from zoo_tf1.execute.convert import to_onnx, write_model
from zoo_tf1.execute.floats import executed_float
from zoo_tf1.quantsim.runner import Runner


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 8, 8), (2, 16, 24)])
def test_equals_tensorflow_at_any_size(shape):
    net, batch = network(), images(*shape)
    run = executed_float(net, threads=1)
    with Runner(net) as reference:
        for name, expected in reference(batch).items():
            assert decibels(expected, run({"input:0": batch})[name]) > 90
            np.testing.assert_array_equal(run(batch)[name], run(batch)[name])


def test_only_the_ends_are_transposed():
    kinds = [node.op_type for node in to_onnx(network()).graph.node]
    assert kinds.count("Transpose") <= 3
    assert kinds.count("Conv") == 3


def test_convolutions_are_called_as_their_biases():
    names = {node.name for node in to_onnx(network()).graph.node if node.op_type == "Conv"}
    assert names == {"conv1/bias", "dw/bias", "conv2"}


def test_matrix_products():
    net, batch = dense(), images(2, 8, 8)
    with Runner(net) as reference:
        assert decibels(reference(batch)["dense"], executed_float(net, 1)(batch)["dense"]) > 90


def test_operations_unknown_to_onnx_are_named():
    with pytest.raises(ZooError, match=r"^operation 'odd': tf2onnx cannot convert type Betainc$"):
        to_onnx(unknown())


def test_batches_that_do_not_fit_give_one_line():
    run = executed_float(network(), threads=1)
    for batch in (np.zeros((1, 8, 8, 5), np.float32), {"other": images(1, 8, 8)}):
        with pytest.raises(ZooError) as caught:
            run(batch)
        assert "\n" not in str(caught.value)


def test_models_are_written_whole_and_alike(tmp_path):
    for name in ("a.onnx", "b.onnx"):
        write_model(to_onnx(network()), tmp_path / name)
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.onnx", "b.onnx"]
