import json
import os

import mxnet as mx
import numpy as np
import pytest

from zoo_common.errors import ZooError
from zoo_common.evaluation.timing import interleaved, ratios
from zoo_mxnet.networks import weights, zoo
from zoo_mxnet.networks.counting import count_multiply_adds
from zoo_mxnet.networks.executor import Executor
from zoo_mxnet.networks.exported import load_exported
from zoo_mxnet.networks.graph import Graph

NAME = "simple_pose_resnet18_v1b"
SIZE = (64, 32)


@pytest.fixture(scope="module")
def net():
    return zoo.build(NAME, SIZE, random_seed=0)


@pytest.fixture
def exported(net, tmp_path):
    prefix = str(tmp_path / "net")
    net.symbol.save(prefix + "-symbol.json")
    stored = {"arg:" + name: mx.nd.array(value) for name, value in net.args.items()}
    stored.update({"aux:" + name: mx.nd.array(value) for name, value in net.auxs.items()})
    mx.nd.save(prefix + "-0000.params", stored)
    return prefix, stored


def images(count=2):
    return np.random.RandomState(0).normal(size=(count, 3) + SIZE).astype(np.float32)


def test_parameter_count_is_the_published_one(net):
    assert net.parameters() == 15_376_721


def test_executor_agrees_with_gluon_at_several_batch_sizes(net):
    plain = Executor(net.symbol, net.args, net.auxs, net.input_shape, backend="none")
    fused = Executor(net.symbol, net.args, net.auxs, net.input_shape)
    for count in (1, 3, 1):
        assert plain(images(count)).shape == (count, 17, 16, 8)
        np.testing.assert_allclose(fused(images(count)), plain(images(count)), rtol=1e-3, atol=1e-5)
    np.testing.assert_array_equal(plain(images(1)), plain(images(1)))


def test_executor_refuses_another_shape(net):
    with pytest.raises(ZooError, match=r"shape \[1, 3, 8, 8\] where \[N, 3, 64, 32\]"):
        Executor(net.symbol, net.args, net.auxs, net.input_shape)(np.zeros((1, 3, 8, 8), np.float32))


def test_same_seed_same_weights(net):
    again = zoo.build(NAME, SIZE, random_seed=0)
    assert all(np.array_equal(value, again.args[name]) for name, value in net.args.items())


@pytest.mark.parametrize(
    ("name", "size", "message"),
    [
        ("simple_pose_resnet18_v1", SIZE, "did you mean 'simple_pose_resnet18_v1b'"),
        (NAME, (60, 32), "multiples of 32"),
        (NAME, (-64, 32), "multiples of 32"),
    ],
)
def test_impossible_requests(name, size, message):
    with pytest.raises(ZooError, match=message):
        zoo.build(name, size, random_seed=0)


def test_params_file_is_checked_by_name_and_shape(tmp_path):
    network = zoo.gluon_network(NAME)
    network.initialize()
    network(mx.nd.zeros((1, 3) + SIZE))
    path = str(tmp_path / "w.params")
    network.save_parameters(path)
    loaded = zoo.build(NAME, SIZE, params_file=path)
    assert loaded.origin == path
    stored = mx.nd.load(path)
    bias = stored.pop("final_layer.bias")
    mx.nd.save(path, stored)
    with pytest.raises(ZooError, match=r"w.params: parameter 'final_layer.bias' of .* is missing"):
        zoo.build(NAME, SIZE, params_file=path)
    mx.nd.save(path, dict(stored, **{"final_layer.bias": bias[:3]}))
    with pytest.raises(ZooError, match=r"'final_layer.bias' has shape \(3,\) where .* has \(17,\)"):
        zoo.build(NAME, SIZE, params_file=path)
    with pytest.raises(ZooError, match="no such file"):
        zoo.build(NAME, SIZE, params_file=str(tmp_path / "absent.params"))


def test_store_that_does_not_answer(monkeypatch, tmp_path):
    from gluoncv.model_zoo import model_store

    def fails(*args, **kwargs):
        raise RuntimeError("Failed downloading url")

    monkeypatch.setattr(model_store, "get_model_file", fails)
    with pytest.raises(ZooError, match=r"did not answer .*give --params-file"):
        weights.find_weights(NAME, None)


def test_exported_pair_round_trip(net, exported):
    prefix, _ = exported
    loaded = load_exported(prefix, input_size=SIZE)
    got = Executor(loaded.symbol, loaded.args, loaded.auxs, loaded.input_shape)(images())
    np.testing.assert_array_equal(got, Executor(net.symbol, net.args, net.auxs, net.input_shape)(images()))
    again = load_exported(prefix + "-symbol.json", params=prefix + "-0000.params", input_size=SIZE)
    assert again.args.keys() == loaded.args.keys()


def test_exported_pair_that_does_not_belong_together(exported):
    prefix, stored = exported
    key = next(name for name in stored if name.endswith("conv3_bias"))
    for change, message in (
        ({key: None}, "is missing"),
        ({key: mx.nd.zeros(3)}, r"has shape \(3,\)"),
        ({"arg:other": mx.nd.zeros(3)}, "'other' is not in"),
    ):
        changed = {name: value for name, value in dict(stored, **change).items() if value is not None}
        mx.nd.save(prefix + "-0000.params", changed)
        with pytest.raises(ZooError, match="net-0000.params: parameter .*" + message):
            load_exported(prefix, input_size=SIZE)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "broken JSON at line 1"),
        ("[]", "no 'nodes'"),
        ('{"nodes": [], "heads": [[0, 0, 0]]}', "not an MXNet symbol"),
        (
            json.dumps(
                {"nodes": [{"op": "NoSuchOp", "name": "x", "inputs": []}], "heads": [[0, 0, 0]], "arg_nodes": []}
            ),
            "not an MXNet symbol",
        ),
    ],
)
def test_broken_symbol_files(exported, text, message):
    prefix, _ = exported
    with open(prefix + "-symbol.json", "w", encoding="utf-8") as stream:
        stream.write(text)
    with pytest.raises(ZooError, match="net-symbol.json.*" + message) as caught:
        load_exported(prefix)
    assert "\n" not in str(caught.value)


def test_broken_and_absent_parameter_files(exported):
    prefix, _ = exported
    with open(prefix + "-0000.params", "r+b") as stream:
        stream.truncate(1000)
    with pytest.raises(ZooError, match="not a readable MXNet parameter file"):
        load_exported(prefix)
    os.unlink(prefix + "-0000.params")
    with pytest.raises(ZooError, match=r"no such file: .*net-0000.params"):
        load_exported(prefix)


def test_graph_round_trip_gives_the_same_function(net):
    again = Graph.from_symbol(net.symbol).to_symbol()
    got = Executor(again, net.args, net.auxs, net.input_shape)(images())
    np.testing.assert_array_equal(got, Executor(net.symbol, net.args, net.auxs, net.input_shape)(images()))


def test_interleaved_timing_counts_calls_and_pairs_them():
    calls = []
    sides = {"a": lambda x: calls.append("a"), "b": lambda x: calls.append("b")}
    interleaved(sides, images(1), 3, 1, settle=0)
    assert calls == ["a", "b"] + ["a", "b"] * 3
    calls.clear()
    timings = interleaved(sides, images(1), 3, 1)  # each timed call follows an untimed one of its own
    assert calls == ["a", "b"] + ["a", "a", "b", "b"] * 3
    assert len(timings["a"].cpu_ms) == 3
    slow = {"a": type(timings["a"])([2.0, 4.0, 6.0], [1.0] * 3), "b": type(timings["a"])([1.0, 2.0, 3.0], [1.0] * 3)}
    assert ratios(slow, "a") == {"a": 1.0, "b": 2.0}
    with pytest.raises(ZooError, match="repeats"):
        interleaved({}, images(1), 0)


@pytest.mark.skipif("ZOO_REAL_DATA" not in os.environ, reason="ZOO_REAL_DATA is not set")
def test_real_exported_network():
    folder = os.path.join(os.environ["ZOO_REAL_DATA"], "weights", "ultralight_nano_simplepose")
    net = load_exported(os.path.join(folder, "Ultralight-Nano-SimplePose"))
    assert net.parameters() + sum(value.size for value in net.auxs.values()) == 574_400
    heatmaps = Executor(net.symbol, net.args, net.auxs, net.input_shape)(np.zeros((1, 3, 256, 192), np.float32))
    assert heatmaps.shape == (1, 17, 64, 48)


def test_multiply_adds_are_counted_by_hand():
    data = mx.sym.var("data")
    stem = mx.sym.Convolution(data, name="stem", num_filter=8, kernel=(3, 3), stride=(2, 2), pad=(1, 1))
    deep = mx.sym.Convolution(stem, name="deep", num_filter=8, kernel=(3, 3), pad=(1, 1), num_group=8, no_bias=True)
    up = mx.sym.Deconvolution(deep, name="up", num_filter=4, kernel=(4, 4), stride=(2, 2), pad=(1, 1), num_group=2)
    dense = mx.sym.FullyConnected(mx.sym.Activation(up, act_type="relu"), name="dense", num_hidden=5)
    counted = count_multiply_adds(dense, (3, 16, 12))
    assert counted == 8 * 6 * (8 * 27 + 8 * 9 + 8 * 16 * 2) + 16 * 12 * 4 * 5


def test_multiply_adds_of_simple_pose():
    """The published 8.9 GFLOPs count every value that the three transposed convolutions write: four times as many."""
    net = zoo.build("simple_pose_resnet50_v1b", random_seed=0)
    transposed = 16 * 256 * (8 * 6 * 2048 + 16 * 12 * 256 + 32 * 24 * 256)
    assert net.size() == {"parameters": 33_999_697, "multiply_adds": 5_426_380_800}
    assert (net.size()["multiply_adds"] + 3 * transposed) / 2**30 == pytest.approx(8.99, abs=0.005)


def test_a_parameter_whose_name_is_no_text(tmp_path):
    path = tmp_path / "w.params"
    mx.nd.save(str(path), {"arg:weight": mx.nd.ones(2)})
    path.write_bytes(path.read_bytes().replace(b"weight", b"w\xffight"))
    with pytest.raises(ZooError, match=r"w\.params: not a readable MXNet parameter file"):
        weights.read_params(str(path))


def test_an_output_that_is_not_there(exported):
    prefix, _ = exported
    path = prefix + "-symbol.json"
    with open(path) as stream:
        document = json.load(stream)
    document["heads"][0][1] = 256
    with open(path, "w") as stream:
        json.dump(document, stream)
    with pytest.raises(ZooError, match=r"symbol\.json: not an MXNet symbol: no output \[\d+, 256"):
        load_exported(prefix, input_size=SIZE)
