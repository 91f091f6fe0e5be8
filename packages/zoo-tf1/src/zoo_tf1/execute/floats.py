"""A float network in ONNX Runtime."""

from typing import Optional

from zoo_tf1.execute.convert import to_onnx
from zoo_tf1.execute.runtime import OrtRunner
from zoo_tf1.quantsim.graph import Network


def executed_float(network: Network, threads: Optional[int] = None) -> OrtRunner:
    """Open a network in ONNX Runtime, in float32.

    Args:
        network: frozen; batch norms not in training mode.
        threads: None: all usable cores.

    Returns:
        What runs a batch: input array [N, H, W, C] (or input name to array) to output operation's name to array.

    Raises:
        ZooError: a package is absent, or the network has an operation that cannot be converted or run.
    """
    return OrtRunner(to_onnx(network), {name + ":0": name for name in network.outputs}, threads)
