"""The pose networks GluonCV has, traced to symbols."""

from typing import List, Optional, Tuple

import mxnet as mx
import numpy as np

from zoo_common.errors import ZooError, did_you_mean
from zoo_mxnet.networks.float_net import FloatNet
from zoo_mxnet.networks.weights import fill, find_weights

NAMES: Tuple[str, ...] = (
    "simple_pose_resnet18_v1b",
    "simple_pose_resnet50_v1b",
    "simple_pose_resnet50_v1d",
    "simple_pose_resnet101_v1b",
    "simple_pose_resnet101_v1d",
    "simple_pose_resnet152_v1b",
    "simple_pose_resnet152_v1d",
    "mobile_pose_resnet18_v1b",
    "mobile_pose_resnet50_v1b",
    "mobile_pose_mobilenet1.0",
    "mobile_pose_mobilenetv2_1.0",
    "mobile_pose_mobilenetv3_large",
    "mobile_pose_mobilenetv3_small",
)


def names() -> List[str]:
    """Return the names `build` knows."""
    return list(NAMES)


def build(
    name: str,
    input_size: Tuple[int, int] = (256, 192),
    params_file: Optional[str] = None,
    random_seed: Optional[int] = None,
) -> FloatNet:
    """Trace one of GluonCV's pose networks and give it weights.

    Weights come from ``params_file``, else (with ``random_seed``) from a random initialisation fit
    only for timing, else from GluonCV's cache or model store.

    Args:
        name: one of `names`.
        input_size: ``(height, width)`` in pixels, multiples of 32.
        params_file: a Gluon ``.params`` file; every parameter must be there with its shape.
        random_seed: seed of the random weights.

    Raises:
        ZooError: unknown name, impossible size, or weights missing or of the wrong shape.
    """
    if name not in NAMES:
        raise ZooError("model: unknown '{}'{}".format(name, did_you_mean(name, NAMES)))
    height, width = input_size
    if height <= 0 or width <= 0 or height % 32 or width % 32:
        raise ZooError("input size: {}x{} (height x width) must be positive multiples of 32".format(height, width))
    network = gluon_network(name)
    source = None if params_file is None and random_seed is not None else find_weights(name, params_file)
    if source is None:
        mx.random.seed(random_seed)
        np.random.seed(random_seed)
        network.initialize(mx.init.Xavier(rnd_type="gaussian", factor_type="in", magnitude=2))
        origin = "random, seed {}".format(random_seed)
    else:
        network.initialize()
        origin = source
    network(mx.nd.zeros((1, 3, height, width)))  # settles the deferred shapes
    # A convolution still running may reorder its weights in place while they are read.
    mx.nd.waitall()
    if source is not None:
        fill(network, source, name)
    symbol = network(mx.sym.var("data"))
    values = network.collect_params()
    return FloatNet(
        name=name,
        symbol=symbol,
        args={key: values[key].data().asnumpy() for key in symbol.list_arguments() if key != "data"},
        auxs={key: values[key].data().asnumpy() for key in symbol.list_auxiliary_states()},
        input_shape=(3, height, width),
        origin=origin,
    )


def gluon_network(name: str) -> mx.gluon.HybridBlock:
    """Return one of GluonCV's networks, without weights."""
    from gluoncv.model_zoo import get_model

    with mx.name.NameManager():  # parameter names that do not depend on what was built before
        return get_model(name, pretrained=False, pretrained_base=False)
