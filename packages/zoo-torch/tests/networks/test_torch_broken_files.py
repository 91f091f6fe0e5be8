"""Files of others that broke a reader's own reader: one line each."""

import io
import zipfile

import onnx
import pytest
import torch
from onnx import TensorProto, helper
from safetensors.torch import save

from zoo_common.errors import ZooError
from zoo_torch.execute.ort import MOST_IMAGES, OrtNetwork, open_onnx
from zoo_torch.networks.checkpoint import read_state
from zoo_torch.networks.config import read_config


def test_a_tensor_whose_name_is_no_text(tmp_path):
    path = tmp_path / "w.safetensors"
    path.write_bytes(save({"name": torch.ones(2)}).replace(b"name", b"n\xffme"))
    with pytest.raises(ZooError, match=r"w\.safetensors: not a readable weights file"):
        read_state(path)


def test_an_entry_whose_name_is_no_text(tmp_path):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a/d\u00e9ta.pkl", b"")
    path = tmp_path / "w.pth"
    path.write_bytes(stream.getvalue().replace("\u00e9".encode(), b"\xff\xff"))
    with pytest.raises(ZooError, match=r"w\.pth: not a readable weights file"):
        read_state(path)


def test_a_date_that_is_none(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text("MODEL: {NAME: 2017-99-99}")
    with pytest.raises(ZooError, match=r"c\.yaml: not YAML: month must be in 1\.\.12"):
        read_config(path)


def identity(images, name="input"):
    shape = [images, 3, 8, 8]
    ends = [helper.make_tensor_value_info(end, TensorProto.FLOAT, shape) for end in (name, "out")]
    graph = helper.make_graph([helper.make_node("Identity", [name], ["out"])], "g", ends[:1], ends[1:])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def test_a_fixed_batch_that_fills_the_memory(tmp_path):
    onnx.save(identity(2**32), str(tmp_path / "m.onnx"))
    with pytest.raises(ZooError, match="its batches are of 4294967296 images, at most {}".format(MOST_IMAGES)):
        open_onnx(tmp_path / "m.onnx", (8, 8))


def test_an_input_whose_name_is_no_text(tmp_path):
    path = tmp_path / "m.onnx"
    path.write_bytes(identity(1).SerializeToString().replace(b"input", b"inp\x80t"))
    with pytest.raises(ZooError, match=r"not UTF-8 text|not a model ONNX Runtime can run"):
        OrtNetwork(path)
