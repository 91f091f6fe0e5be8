"""The official repository's state dict under the names, and in the layouts, of our Keras networks."""

import re
from typing import Dict, Mapping

import numpy as np

_LAYER = re.compile(r"^(?:preact\.(?P<trunk>.+)|(?P<head>fc_\w+)\.linear|flow\.(?P<net>[st])\.(?P<rest>\d+\.\d+))$")
_NORM = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}
_LINEAR = {"weight": "kernel", "bias": "bias"}
_KERNELS = {2: (1, 0), 4: (2, 3, 1, 0)}
"""By rank, from [out, in] to [in, out], and from [out, in, height, width] to [height, width, in, out]."""


def in_keras(state: Mapping[str, np.ndarray]) -> Dict[str, np.ndarray]:
    """Return a PyTorch state dict under Keras' names.

    ``preact.layer1.0.conv1.weight`` becomes ``layer1.0.conv1/kernel``, ``preact.bn1.running_var``
    ``bn1/moving_variance``, ``fc_coord.linear.bias`` ``fc_coord/bias``, ``flow.s.3.2.weight`` ``flow/s3.2/kernel``,
    ``flow.mask`` ``flow/mask``. The counters of batch norms are left out; other names stay as they are.

    Args:
        state: array by name; kernels [out, in, height, width], matrices [out, in].

    Returns:
        Array by name; kernels [height, width, in, out], matrices [in, out].
    """
    found: Dict[str, np.ndarray] = {}
    for name, value in state.items():
        layer, _, kind = name.rpartition(".")
        if kind == "num_batches_tracked":
            continue
        match = _LAYER.match(layer)
        if match is None:
            found["flow/mask" if name == "flow.mask" else name] = value
            continue
        norm = match["trunk"] is not None and _is_norm(state, layer)
        short = match["trunk"] or match["head"] or "flow/{}{}".format(match["net"], match["rest"])
        known = _NORM if norm else _LINEAR
        axes = _KERNELS.get(value.ndim)
        found["{}/{}".format(short, known.get(kind, kind))] = value if axes is None else value.transpose(axes)
    return found


def _is_norm(state: Mapping[str, np.ndarray], layer: str) -> bool:
    weight = state.get(layer + ".weight")
    return layer + ".running_mean" in state or (weight is not None and weight.ndim == 1)
