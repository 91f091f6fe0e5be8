"""Small networks with every construction the passes handle, for tests that take milliseconds."""

import mxnet as mx
import numpy as np

from zoo_mxnet.networks.float_net import FloatNet

SHAPE = (3, 32, 32)


def _norm(entry, name, relu=True):
    entry = mx.sym.BatchNorm(entry, fix_gamma=False, eps=1e-5, name=name)
    return mx.sym.Activation(entry, act_type="relu", name=name + "_relu") if relu else entry


def _conv(entry, name, filters, kernel=3, stride=1, groups=1):
    return mx.sym.Convolution(
        entry,
        name=name,
        num_filter=filters,
        kernel=(kernel, kernel),
        num_group=groups,
        stride=(stride, stride),
        pad=(kernel // 2, kernel // 2),
        no_bias=True,
    )


def residual_pose(seed=0):
    """A residual network in simple pose's manner: stem, down-sampling block, two upsamplers, 1x1 head."""
    stem = _norm(_conv(mx.sym.var("data"), "stem", 16, stride=2), "stem_bn")
    main = _norm(_conv(_norm(_conv(stem, "a", 32, stride=2), "a_bn"), "b", 32), "b_bn", relu=False)
    side = _norm(_conv(stem, "down", 32, kernel=1, stride=2), "down_bn", relu=False)
    value = mx.sym.Activation(main + side, act_type="relu", name="block")
    for index in range(2):
        name = "up{}".format(index)
        value = mx.sym.Deconvolution(
            value, name=name, kernel=(4, 4), stride=(2, 2), pad=(1, 1), num_filter=16, no_bias=True
        )
        value = _norm(value, name + "_bn")
    return _with_weights(mx.sym.Convolution(value, name="head", kernel=(1, 1), num_filter=5), seed)


def depthwise_pose(seed=0):
    """Linear bottlenecks with ReLU6 and a residual sum, then a depthwise upsampler and a head."""
    value = _norm(_conv(mx.sym.var("data"), "stem", 16, stride=2), "stem_bn", relu=False)
    value = mx.sym.clip(value, a_min=0, a_max=6, name="stem_relu6")
    value = _norm(_conv(value, "squeeze", 8, kernel=1), "squeeze_bn", relu=False)
    inner = mx.sym.clip(_norm(_conv(value, "expand", 32, kernel=1), "expand_bn", relu=False), a_min=0, a_max=6)
    inner = mx.sym.clip(_norm(_conv(inner, "depth", 32, groups=32), "depth_bn", relu=False), a_min=0, a_max=6)
    value = value + _norm(_conv(inner, "project", 8, kernel=1), "project_bn", relu=False)
    value = _norm(_conv(value, "widen", 16, kernel=1), "widen_bn")
    value = mx.sym.Deconvolution(
        value, name="up", kernel=(4, 4), stride=(2, 2), pad=(1, 1), num_filter=16, num_group=16, no_bias=True
    )
    return _with_weights(mx.sym.Convolution(_norm(value, "up_bn"), name="head", kernel=(1, 1), num_filter=5), seed)


def _with_weights(symbol, seed):
    rng = np.random.RandomState(seed)
    shapes, _, aux_shapes = symbol.infer_shape(data=(1,) + SHAPE)
    args, auxs = {}, {}
    for name, shape in zip(symbol.list_arguments(), shapes):
        if name.endswith("_weight"):
            args[name] = rng.normal(0, np.sqrt(2 / np.prod(shape[1:])), shape).astype(np.float32)
        elif name.endswith("_gamma"):
            args[name] = rng.uniform(0.5, 1.5, shape).astype(np.float32)
        elif name != "data":
            args[name] = rng.normal(0, 0.2, shape).astype(np.float32)
    for name, shape in zip(symbol.list_auxiliary_states(), aux_shapes):
        low, high = (0.5, 1.5) if name.endswith("_var") else (-0.2, 0.2)
        auxs[name] = rng.uniform(low, high, shape).astype(np.float32)
    return FloatNet("tiny", symbol, args, auxs, SHAPE, "random")


def batch(count=4, seed=1):
    """Smooth random images: noise of several sizes, so that neighbouring pixels are alike."""
    rng = np.random.RandomState(seed)
    coarse = rng.normal(size=(count, 3, 8, 8)).repeat(4, axis=2).repeat(4, axis=3)
    return (coarse + 0.3 * rng.normal(size=(count,) + SHAPE)).astype(np.float32)
