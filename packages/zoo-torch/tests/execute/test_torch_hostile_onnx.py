"""ONNX files whose weights are said to lie in other files of this machine."""

import numpy as np
import pytest
from onnx import TensorProto, helper

from zoo_common.errors import ZooError
from zoo_torch.execute.openvino import OpenVinoNetwork
from zoo_torch.execute.ort import OrtNetwork

SHAPE = [1, 3, 8, 8]


def write(path, location):
    """Write a network that adds weights of 768 bytes from ``location``."""
    weights = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=SHAPE, data_location=TensorProto.EXTERNAL)
    for key, value in (("location", location), ("length", "768")):
        weights.external_data.add(key=key, value=value)
    node = helper.make_node("Add", ["x", "w"], ["y"])
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, SHAPE) for name in "xy"]
    graph = helper.make_graph([node], "g", ends[:1], ends[1:], [weights])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    return path


@pytest.mark.parametrize("runtime", [OrtNetwork, OpenVinoNetwork])
@pytest.mark.parametrize("place", ["up", "nested", "absolute", "link"])
def test_weights_outside_the_model_s_folder_are_refused(tmp_path, runtime, place):
    secret, folder = tmp_path / "secret", tmp_path / "model"
    folder.mkdir()
    secret.write_bytes(np.ones(192, np.float32).tobytes())
    (folder / "link").symlink_to(secret)
    names = {"up": "../secret", "nested": "x/../../secret", "absolute": str(secret), "link": "link"}
    with pytest.raises(ZooError, match=r"evil\.onnx"):
        runtime(write(folder / "evil.onnx", names[place]))(np.zeros(SHAPE, np.float32))


def test_the_same_weights_in_the_folder_are_read(tmp_path):
    (tmp_path / "weights").write_bytes(np.ones(192, np.float32).tobytes())
    network = OrtNetwork(write(tmp_path / "good.onnx", "weights"))
    np.testing.assert_array_equal(network(np.zeros(SHAPE, np.float32)), np.ones(SHAPE, np.float32))
