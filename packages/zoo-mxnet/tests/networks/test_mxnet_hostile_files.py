"""Parameter files and symbols that would run code in a reader that let them."""

import json
import os
import pickle

import mxnet as mx
import pytest

from zoo_common.errors import ZooError
from zoo_mxnet.networks.exported import read_symbol
from zoo_mxnet.networks.weights import read_params


class Malicious:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.system, ("touch '{}'".format(self.marker),)


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_pickle_is_no_parameter_file(tmp_path, protocol):
    file, marker = tmp_path / "x-0000.params", tmp_path / "executed"
    file.write_bytes(pickle.dumps({"arg:w": Malicious(marker)}, protocol))
    with pytest.raises(ZooError, match=r"x-0000\.params: not a readable MXNet parameter file"):
        read_params(str(file))
    assert not marker.exists()
    pickle.loads(file.read_bytes())
    assert marker.exists(), "the file would have run"


@pytest.mark.parametrize("address", ["s3://bucket/x.params", "hdfs://host/x.params", "http://127.0.0.1:9/x.params"])
def test_parameters_are_never_fetched_by_mxnet(address):
    with pytest.raises(ZooError, match="no such file: " + address.partition(":")[0]):
        read_params(address)


def test_an_operator_in_python_is_unknown(tmp_path):
    nodes = [
        {"op": "null", "name": "data", "inputs": []},
        {"op": "Custom", "name": "evil", "attrs": {"op_type": "os.system"}, "inputs": [[0, 0, 0]]},
    ]
    document = {"nodes": nodes, "arg_nodes": [0], "heads": [[1, 0, 0]], "attrs": {"mxnet_version": ["int", 10901]}}
    (tmp_path / "x-symbol.json").write_text(json.dumps(document))
    with pytest.raises((ZooError, mx.base.MXNetError)):
        read_symbol(str(tmp_path / "x-symbol.json")).infer_shape(data=(1, 3, 8, 8))
