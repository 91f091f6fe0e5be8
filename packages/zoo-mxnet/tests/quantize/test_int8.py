import json

import mxnet as mx
import numpy as np
import pytest
from tiny import SHAPE, batch, depthwise_pose, residual_pose

from zoo_common.errors import ZooError
from zoo_common.heatmaps.fidelity import sqnr_db
from zoo_mxnet.networks.cpu import has_vnni
from zoo_mxnet.networks.executor import Executor
from zoo_mxnet.networks.float_net import FloatNet
from zoo_mxnet.networks.graph import Graph
from zoo_mxnet.quantize import calibrate
from zoo_mxnet.quantize.fold import Draft, fold_batch_norms
from zoo_mxnet.quantize.integer_graph import integer_head, output_range
from zoo_mxnet.quantize.packing import SCALE_SUFFIX, dequantize_weight, pack, quantize_weight, snap, unpack
from zoo_mxnet.quantize.peers import gluoncv_int8
from zoo_mxnet.quantize.pipeline import quantize
from zoo_mxnet.quantize.quantized_net import load_quantized
from zoo_mxnet.quantize.recipes import recipe_options, recommended
from zoo_mxnet.quantize.residual_range import clipped_nodes, mend_residual_ranges


def reference(net, images):
    return Executor(net.symbol, net.args, net.auxs, net.input_shape, backend="none")(images)


@pytest.fixture(scope="module")
def residual():
    return residual_pose()


@pytest.fixture(scope="module")
def quantized(residual):
    return quantize(residual, [batch()], activation_bits=8)


def test_ours_is_closer_than_gluoncv(residual, quantized):
    want = reference(residual, batch(seed=5))
    ours = sqnr_db(want, quantized.executor()(batch(seed=5)))
    theirs = sqnr_db(want, gluoncv_int8(residual, [batch()]).executor()(batch(seed=5)))
    assert ours > theirs + 3 and ours > 25


@pytest.mark.parametrize("mode", ["none", "naive", "mse"])
def test_every_mode_runs_close_to_float(mode, residual):
    result = quantize(residual, [batch()], mode=mode)
    assert sqnr_db(reference(residual, batch()), result.executor()(batch())) > 8


@pytest.mark.parametrize("mode", ["naive", "mse"])
def test_depthwise_networks_run_close_to_float(mode):
    net = depthwise_pose()
    assert sqnr_db(reference(net, batch()), quantize(net, [batch()], mode=mode).executor()(batch())) > 15


def test_relu6_without_calibrated_ranges_is_refused():
    """MXNet's own result, which this spares the user, is worse than no heatmap at all."""
    net = depthwise_pose()
    draft = Draft.of(net)
    fold_batch_norms(draft)
    folded = draft.finish(net)
    graph = calibrate.quantize_graph(folded, [batch()], "none").graph
    plain = Executor(graph.to_symbol(), folded.args, {}, SHAPE, backend="none")
    assert sqnr_db(reference(net, batch()), plain(batch())) < 5
    with pytest.raises(ZooError, match="'none' fails on GluonCV's path"):
        gluoncv_int8(net, [batch()], "none")
    with pytest.raises(ZooError, match="'none' does not work for networks with ReLU6"):
        quantize(net, [batch()], mode="none")


def test_recipes_are_applied():
    net = depthwise_pose()
    options = recipe_options(recommended(net), net)
    result = quantize(net, [batch()], **options)
    assert result.recipe["float_layers"] == ["stem", "squeeze", "expand", "depth", "widen", "head"]  # ends, decoder
    assert result.describe()["fp32_convolutions"] == 7  # and the depthwise upsampler
    assert recommended(residual_pose()) == "resnet"
    with pytest.raises(ZooError, match="recipe: unknown 'mobil'; did you mean 'mobile'"):
        recipe_options("mobil", net)


def test_entropy_mode_runs():
    """On two layers only: MXNet searches each layer's threshold in Python, some seconds a layer."""
    net = _residual_clip_net()
    result = quantize(net, [batch()], mode="entropy")
    assert result.recipe["calibration_samples"] == 4
    assert sqnr_db(reference(net, batch()), result.executor()(batch())) > 8


@pytest.mark.parametrize("last_conv", ["int32", "int8", "fp32"])
def test_heatmap_levels(residual, last_conv):
    result = quantize(residual, [batch()], last_conv=last_conv)
    levels = len(np.unique(result.executor()(batch())))
    assert (levels <= 255) == (last_conv == "int8")
    assert result.describe()["fp32_convolutions"] == (last_conv == "fp32")


def test_round_trip_is_bit_exact(quantized, tmp_path):
    symbol_file, params_file = quantized.save(str(tmp_path / "model" / "tiny-quantized-naive"))
    loaded = load_quantized(str(tmp_path / "model" / "tiny-quantized-naive"))
    np.testing.assert_array_equal(loaded.executor()(batch()), quantized.executor()(batch()))
    assert loaded.describe() == quantized.describe() and loaded.name == "tiny"
    stored = mx.nd.load(params_file)
    assert stored["arg:stem_weight"].dtype == np.int8
    assert {key[4:] for key in stored if key.endswith(SCALE_SUFFIX)} == {
        name + SCALE_SUFFIX for name in quantized.int8_weights
    }
    json.dumps(quantized.describe())


def test_packing_restores_the_integers_that_run():
    rng = np.random.RandomState(0)
    weight = (rng.standard_t(3, (64, 16, 3, 3)) * np.exp(rng.normal(0, 4, (64, 1, 1, 1)))).astype(np.float32)
    weight[3] = 0
    grid = snap(weight)
    np.testing.assert_array_equal(unpack(pack({"w": grid}, ["w"]))["w"], grid)
    integers, scale = quantize_weight(weight)
    np.testing.assert_array_equal(dequantize_weight(integers, scale), grid)
    largest = np.abs(grid).reshape(64, -1).max(axis=1)[:, None, None, None]
    runs = np.round(np.float32(127) / np.where(largest > 0, largest, 1) * grid)  # what MXNet's operator does
    np.testing.assert_array_equal(runs, integers)


def _residual_clip_net():
    data = mx.sym.var("data")
    main = mx.sym.Convolution(data, name="main", kernel=(1, 1), num_filter=4, no_bias=True)
    side = mx.sym.Convolution(data, name="side", kernel=(1, 1), num_filter=4, no_bias=True)
    symbol = mx.sym.Activation(main + side, act_type="relu")
    weight = np.eye(4, 3, dtype=np.float32)[:, :, None, None]
    return FloatNet("clip", symbol, {"main_weight": weight, "side_weight": weight}, {}, SHAPE)


def test_signed_residual_clips_at_half_the_range_and_the_cure():
    net, images = _residual_clip_net(), batch()
    want = reference(net, images)
    graph = calibrate.quantize_graph(net, [images]).graph
    assert len(clipped_nodes(graph)) == 1
    clipped = Executor(graph.to_symbol(), net.args, {}, SHAPE, backend="none")(images)
    assert clipped.max() == pytest.approx(want.max() * 127 / 255, rel=0.02)
    assert len(mend_residual_ranges(graph)) == 1
    mended = Executor(graph.to_symbol(), net.args, {}, SHAPE, backend="none")(images)
    assert mended.max() == pytest.approx(want.max(), rel=0.02)
    assert sqnr_db(want, mended) > sqnr_db(want, clipped) + 10


def _saturating_net():
    """A 3x3 convolution of 16 equal inputs, all weights +127: every pair of products overflows 16 bits."""
    entry = mx.sym.Convolution(mx.sym.var("data"), name="spread", kernel=(1, 1), num_filter=16, no_bias=True)
    entry = mx.sym.Activation(entry, act_type="relu")
    symbol = mx.sym.Convolution(entry, name="sum", kernel=(3, 3), pad=(1, 1), num_filter=16)
    args = {
        "spread_weight": np.ones((16, 3, 1, 1), np.float32),
        "sum_bias": np.zeros(16, np.float32),
        "sum_weight": np.full((16, 16, 3, 3), 127, np.float32),
    }
    return FloatNet("saturate", symbol, args, {}, SHAPE)


@pytest.mark.parametrize("bits", [7, 8])
def test_large_sums_saturate_only_with_8_bits_and_no_vnni(bits):
    net, images = _saturating_net(), np.abs(batch()) + 3
    result = quantize(net, [images], activation_bits=bits, correct_bias=False)
    ratio = result.executor()(images) / reference(net, images)
    saturates = bits == 8 and not has_vnni()
    assert (np.median(ratio) < 0.8) == saturates
    if not saturates:
        np.testing.assert_allclose(ratio, 1, atol=0.03)


def test_integer_head_equals_the_sums_of_integers():
    """The head's output is exactly (sum of integer products + integer bias) times one scale per channel."""
    rng = np.random.RandomState(0)
    entry = mx.sym.Activation(
        mx.sym.Convolution(mx.sym.var("data"), name="in", kernel=(1, 1), num_filter=3, no_bias=True), act_type="relu"
    )
    symbol = mx.sym.Convolution(entry, name="head", kernel=(1, 1), num_filter=5)
    integers = rng.randint(-60, 60, (5, 3, 1, 1)).astype(np.float32)
    integers[:, 0] = 127
    args = {
        "in_weight": np.eye(3, dtype=np.float32)[:, :, None, None],
        "head_weight": integers / 127,
        "head_bias": np.zeros(5, np.float32),
    }
    net = FloatNet("head", symbol, args, {}, SHAPE)
    images = rng.randint(0, 128, (2,) + SHAPE).astype(np.float32)  # at most 127: exact with and without VNNI
    images[0, :, 0, 0] = 255
    images[0, :, 0, 1] = 0
    graph = calibrate.quantize_graph(net, [images]).graph
    integer_head(graph, args, "head", np.ones(5))
    got = Executor(graph.to_symbol(), args, {}, SHAPE, backend="none")(images)
    want = np.einsum("oi,nihw->nohw", integers[:, :, 0, 0], images) / 127
    inner = np.ones_like(want, bool)
    inner[0, :, 0, 0] = False
    np.testing.assert_allclose(got[inner], want[inner], rtol=1e-5, atol=1.01 * np.abs(integers).sum(1).max() / 127)
    assert output_range(graph, ("data", 0)) is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mode": "naiv"}, "calibration mode: unknown 'naiv'; did you mean 'naive'?"),
        ({"last_conv": "fp16"}, "last_conv: unknown 'fp16'"),
        ({"activation_bits": 4}, "activation_bits: 4"),
        ({"exclude": ["stm"]}, "exclude: no convolution 'stm'; did you mean 'stem'?"),
        ({"equalise": 2}, "equalise: 2"),
        ({"unsigned": "some"}, "unsigned: unknown 'some'"),
    ],
)
def test_wrong_options_are_named(residual, options, message):
    with pytest.raises(ZooError, match=message.replace("?", r"\?")):
        quantize(residual, [batch()], **options)


@pytest.mark.parametrize("images", [[], [np.zeros((1, 3, 8, 8), np.float32)], [np.full((1,) + SHAPE, np.nan)]])
def test_unfit_calibration_batches_are_refused(residual, images):
    with pytest.raises(ZooError, match="calibration"):
        quantize(residual, images)


def test_float_pair_is_not_a_quantized_network(residual, tmp_path):
    residual.symbol.save(str(tmp_path / "f-symbol.json"))
    mx.nd.save(str(tmp_path / "f-0000.params"), {"arg:x": mx.nd.ones(1)})
    with pytest.raises(ZooError, match="no int8 convolution"):
        load_quantized(str(tmp_path / "f"))


def test_graph_round_trip_keeps_fused_nodes(quantized):
    again = Graph.from_symbol(Graph.from_symbol(quantized.symbol).to_symbol()).to_symbol()
    images = batch()
    got = Executor(again, quantized.args, quantized.auxs, SHAPE, backend="none")(images)
    np.testing.assert_array_equal(got, quantized.executor()(images))
