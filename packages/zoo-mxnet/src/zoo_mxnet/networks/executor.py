"""Running a symbol on the CPU with as little overhead as MXNet allows.

A bound executor owns all its memory and runs one fixed graph; per call it costs one copy in, one
engine push and one copy out, which is less than a hybridized Gluon block's bookkeeping.
"""

import contextlib
import os
from typing import Dict, Iterator, List, Mapping, Tuple

import mxnet as mx
import numpy as np

from zoo_common.errors import ZooError

BACKENDS = ("none", "fused")
BINDINGS = 3
"""Batch sizes kept bound at a time; each holds a copy of the parameters."""


class Executor:
    """Bind ``symbol`` once per batch size and run NumPy batches through it.

    Args:
        symbol: network with the single input ``data`` and a single output.
        args: parameters by name, any dtype MXNet can hold.
        auxs: auxiliary states by name.
        input_shape: ``(C, H, W)``.
        backend: ``"fused"`` lets oneDNN fuse convolution, batch norm, sum and activation;
            ``"none"`` runs the operators one by one (what a plainly hybridized Gluon block does).
    """

    def __init__(
        self,
        symbol: mx.sym.Symbol,
        args: Mapping[str, np.ndarray],
        auxs: Mapping[str, np.ndarray],
        input_shape: Tuple[int, int, int],
        backend: str = "fused",
    ):
        if backend not in BACKENDS:
            raise ZooError("backend: '{}' is none of {}".format(backend, ", ".join(BACKENDS)))
        self._symbol = symbol.get_backend_symbol("MKLDNN") if backend == "fused" else symbol
        self._input_shape = tuple(input_shape)
        self._args, self._auxs = dict(args), dict(auxs)
        self._bound: Dict[int, Tuple[mx.executor.Executor, mx.nd.NDArray]] = {}

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        """Run one batch.

        Args:
            batch: float32 ``[N, C, H, W]``, any N ≥ 1.

        Returns:
            float32 heatmaps ``[N, K, h, w]``, a fresh array.

        Raises:
            ZooError: the batch's shape is not the network's.
        """
        return self.all_outputs(batch)[0]

    def all_outputs(self, batch: np.ndarray) -> List[np.ndarray]:
        """Run one batch and return every output of the symbol; otherwise as a plain call."""
        if batch.ndim != 4 or batch.shape[1:] != self._input_shape or not len(batch):
            raise ZooError(
                "batch: shape {} where [N, {}] is needed".format(
                    list(batch.shape), ", ".join(map(str, self._input_shape))
                )
            )
        executor, data = self._bind(len(batch))
        data[:] = np.ascontiguousarray(batch, dtype=np.float32)
        return [output.asnumpy() for output in executor.forward(is_train=False)]

    def _bind(self, count: int) -> Tuple[mx.executor.Executor, mx.nd.NDArray]:
        if count not in self._bound:
            while len(self._bound) >= BINDINGS:
                del self._bound[next(iter(self._bound))]
            data = mx.nd.zeros((count,) + self._input_shape)
            names = self._symbol.list_arguments()
            missing = [name for name in names if name != "data" and name not in self._args]
            if missing:
                raise ZooError("parameters: '{}' is missing".format(missing[0]))
            # Every binding owns its parameters: oneDNN reorders weights in place for one batch size, and a second
            # binding that shared them would spoil the first.
            args = {name: data if name == "data" else _owned(self._args[name]) for name in names}
            auxs = {name: _owned(self._auxs[name]) for name in self._symbol.list_auxiliary_states()}
            with _no_automatic_fusion():
                executor = self._symbol.bind(mx.cpu(), args, grad_req="null", aux_states=auxs)
            self._bound[count] = (executor, data)
        return self._bound[count]


def _owned(value: np.ndarray) -> mx.nd.NDArray:
    return mx.nd.array(value, dtype=value.dtype)


@contextlib.contextmanager
def _no_automatic_fusion() -> Iterator[None]:
    """Keep `bind` from applying a backend by itself: the caller has chosen one already."""
    before = os.environ.get("MXNET_SUBGRAPH_BACKEND")
    os.environ["MXNET_SUBGRAPH_BACKEND"] = "NONE"
    try:
        yield
    finally:
        if before is None:
            del os.environ["MXNET_SUBGRAPH_BACKEND"]
        else:
            os.environ["MXNET_SUBGRAPH_BACKEND"] = before
