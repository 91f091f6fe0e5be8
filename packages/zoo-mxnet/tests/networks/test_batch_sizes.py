"""One executor, many batch sizes: each as if it were alone."""

import numpy as np
import pytest

from zoo_mxnet.networks.executor import BINDINGS
from zoo_mxnet.networks.exported import load_exported
from zoo_mxnet.quantize.pipeline import quantize

SIZES = (4, 3, 4, 1, 3, 2, 5, 4)


@pytest.fixture(scope="module")
def net(small_prefix):
    return load_exported(small_prefix, input_size=(64, 48))


@pytest.mark.parametrize("exclude", [(), ("stem",)], ids=["all int8", "stem in fp32"])
def test_int8(net, exclude):
    batch = np.random.RandomState(0).randn(8, 3, 64, 48).astype(np.float32)
    quantized = quantize(net, [batch], exclude=exclude)
    shared = quantized.executor()
    assert len(set(SIZES)) > BINDINGS
    for size in SIZES:
        np.testing.assert_array_equal(shared(batch[:size]), quantized.executor()(batch[:size]))


def test_real_network_with_float_layers(real_data):
    """The depthwise network showed the fault first: layers in fp32 whose weights are reordered in place."""
    stem = "weights/ultralight_nano_simplepose/Ultralight-Nano-SimplePose"
    net = load_exported(str(real_data / stem))
    batch = np.random.RandomState(0).randn(4, 3, 256, 192).astype(np.float32)
    first = [node["name"] for node in _convolutions(net)][:4]
    executor = quantize(net, [batch], mode="mse", unsigned="none", exclude=first).executor()
    before = executor(batch)
    executor(batch[:3])
    np.testing.assert_array_equal(executor(batch), before)


def _convolutions(net):
    import json

    return [node for node in json.loads(net.symbol.tojson())["nodes"] if node["op"] == "Convolution"]
