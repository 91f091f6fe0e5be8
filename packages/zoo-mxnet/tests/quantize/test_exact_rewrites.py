import mxnet as mx
import numpy as np
import pytest
from tiny import SHAPE, batch, depthwise_pose, residual_pose

from zoo_common.heatmaps.fidelity import sqnr_db
from zoo_mxnet.networks.executor import Executor
from zoo_mxnet.quantize.equalise import equalise_channels
from zoo_mxnet.quantize.fold import Draft, fold_batch_norms
from zoo_mxnet.quantize.subpixel import move_pointwise_before_shuffle, rewrite_deconvolutions, subpixel_weight
from zoo_mxnet.quantize.unsigned import make_unsigned

NETS = {"residual": residual_pose, "depthwise": depthwise_pose}


def run(net, images):
    return Executor(net.symbol, net.args, net.auxs, net.input_shape, backend="none")(images)


@pytest.fixture(params=sorted(NETS))
def net(request):
    return NETS[request.param]()


def test_folding_removes_every_batch_norm_and_changes_nothing(net):
    draft = Draft.of(net)
    assert fold_batch_norms(draft) > 0
    assert not list(draft.graph.of_type("BatchNorm"))
    assert sqnr_db(run(net, batch()), run(draft.finish(net), batch())) > 100


def test_folding_honours_fixed_gamma():
    image = mx.sym.var("data")
    conv = mx.sym.Convolution(image, name="c", kernel=(1, 1), num_filter=2)
    symbol = mx.sym.BatchNorm(conv, name="n", fix_gamma=True)
    base = residual_pose()
    args = {
        "c_weight": np.ones((2, 3, 1, 1), np.float32),
        "c_bias": np.ones(2, np.float32),
        "n_gamma": np.full(2, 7, np.float32),
        "n_beta": np.zeros(2, np.float32),
    }
    auxs = {"n_moving_mean": np.ones(2, np.float32), "n_moving_var": np.full(2, 4, np.float32)}
    fixed = type(base)("f", symbol, args, auxs, SHAPE)
    draft = Draft.of(fixed)
    fold_batch_norms(draft)
    assert sqnr_db(run(fixed, batch()), run(draft.finish(fixed), batch())) > 100


def test_subpixel_form_is_exact():
    net = residual_pose()
    draft = Draft.of(net)
    fold_batch_norms(draft)
    assert rewrite_deconvolutions(draft) == ["up0", "up1"]
    assert move_pointwise_before_shuffle(draft) == ["head"]
    assert not list(draft.graph.of_type("Deconvolution"))
    assert sqnr_db(run(net, batch()), run(draft.finish(net), batch())) > 100


def test_subpixel_weight_holds_every_tap_once():
    weight = np.arange(2 * 3 * 16, dtype=np.float32).reshape(2, 3, 4, 4)
    assert sorted(subpixel_weight(weight).ravel()) == sorted(weight.ravel())
    assert subpixel_weight(weight).shape == (12, 2, 2, 2)


def test_depthwise_upsampler_is_left_alone():
    draft = Draft.of(depthwise_pose())
    assert rewrite_deconvolutions(draft) == []


def test_equalising_is_exact_and_evens_the_ranges(net):
    draft = Draft.of(net)
    fold_batch_norms(draft)
    assert equalise_channels(draft, [batch()], 1.0) >= 2
    assert sqnr_db(run(net, batch()), run(draft.finish(net), batch())) > 90


@pytest.mark.parametrize("scope", ["residual", "all"])
def test_unsigned_shift_is_exact_on_the_calibrated_samples(net, scope):
    draft = Draft.of(net)
    fold_batch_norms(draft)
    shifted = make_unsigned(draft, [batch()], scope)
    assert bool(shifted) == (scope == "all" or net.symbol.list_arguments().count("down_weight") == 1)
    assert sqnr_db(run(net, batch()), run(draft.finish(net), batch())) > 90
