"""ONNX Runtime on the CPU: our own models, and anybody's pose network."""

from typing import Any, Optional, Sequence, Tuple

import numpy as np
import onnx

from zoo_common.errors import ZooError
from zoo_common.evaluation.machine import adds_bytes_exactly
from zoo_common.files import PathLike
from zoo_common.ort_session import one_line, open_session
from zoo_torch.execute.runtime import Model, Runtime, Shape, check_threads, existing, show

FLOAT = "tensor(float)"
MOST_IMAGES = 1024
"""In a batch whose size a model fixes: it is filled with zeros up to there."""


class OrtNetwork(Runtime):
    """A network in ONNX Runtime; the same batch gives the same bits each time.

    Integer models compute the same numbers on every x86 CPU: where 16-bit sums could saturate (no VNNI) and a layer's
    weights are large enough for it, ONNX Runtime takes its slower exact kernels (``session.x64quantprecision``). It
    would take them on CPUs with VNNI too, at more than twice the time and for the same bits, so it is not asked there.

    Args:
        model: an ONNX model or the path of one.
        threads: None: all usable cores.
        spinning: let waiting threads burn their core, which pays only on an otherwise idle machine.
        name: what errors call it; None: the file's name.

    Raises:
        ZooError: ONNX Runtime is absent, the file is absent, broken or has an operation it lacks, or the network is
            not one float32 image batch in, one tensor out.
    """

    def __init__(
        self, model: Model, threads: Optional[int] = None, spinning: bool = False, name: Optional[str] = None
    ) -> None:
        self.name = name or ("the network" if isinstance(model, onnx.ModelProto) else str(model))
        source = model.SerializeToString() if isinstance(model, onnx.ModelProto) else existing(model)
        what = "{}: not a model ONNX Runtime can run".format(self.name)
        exact = not adds_bytes_exactly()
        self._session: Any = open_session(source, what, check_threads(threads), spinning, exact_bytes=exact)
        self._input, self.input_shape = self._only_input()

    @property
    def declared_output_shape(self) -> Shape:
        """Batch, channels, height, width as the model declares them; None where it leaves one open."""
        return _sizes(self._session.get_outputs()[0].shape)

    def _run(self, batch: np.ndarray) -> np.ndarray:
        try:
            return self._session.run(None, {self._input: batch})[0]
        except Exception as error:  # as above
            raise ZooError("{}: fails on {}: {}".format(self.name, show(batch.shape), one_line(error))) from error

    def _only_input(self) -> Tuple[str, Shape]:
        try:
            inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
            assert all(isinstance(value.name, str) for value in (*inputs, *outputs))
        except UnicodeDecodeError as error:
            raise ZooError("{}: a name in it is not UTF-8 text ({})".format(self.name, error.reason)) from None
        for what, found in (("inputs", inputs), ("outputs", outputs)):
            if len(found) != 1:
                names = ", ".join(value.name for value in found)
                raise ZooError("{}: {} {} ({}) where one is needed".format(self.name, len(found), what, names))
        if (inputs[0].type, outputs[0].type) != (FLOAT, FLOAT):
            kinds = "{} to {}".format(inputs[0].type, outputs[0].type)
            raise ZooError("{}: {} where {} to {} is needed".format(self.name, kinds, FLOAT, FLOAT))
        shape = _sizes(inputs[0].shape)
        if len(shape) == 4 and (shape[0] or 1) > MOST_IMAGES:
            raise ZooError(
                "{}: its batches are of {} images, at most {} are run".format(self.name, shape[0], MOST_IMAGES)
            )
        if len(shape) != 4:
            raise ZooError("{}: its input is {}, not images [N, C, H, W]".format(self.name, show(shape)))
        return inputs[0].name, shape


def open_onnx(
    path: PathLike, input_size: Tuple[int, int], threads: Optional[int] = None, num_joints: Optional[int] = None
) -> OrtNetwork:
    """Open somebody's pose network: one RGB image batch in, heatmaps out.

    Args:
        path: the ONNX file.
        input_size: height and width of the crops it will get.
        threads: as for `OrtNetwork`.
        num_joints: how many heatmaps it must have; None: any number.

    Raises:
        ZooError: as `OrtNetwork`; the network takes other images, or its output is not [N, num_joints, h, w].
    """
    network = OrtNetwork(path, threads)
    channels, height, width = network.input_shape[1:]
    if any(own not in (None, asked) for own, asked in zip((channels, height, width), (3, *input_size))):
        own = show((channels, height, width))
        raise ZooError("{}: takes {}, the crops are {}".format(network.name, own, show((3, *input_size))))
    heatmaps = network(np.zeros((1, 3, *input_size), np.float32)).shape
    if len(heatmaps) != 4 or heatmaps[1] != (num_joints or heatmaps[1]):
        needed = show(("N", num_joints or "K", "h", "w"))
        raise ZooError("{}: returns {} where heatmaps {} are needed".format(network.name, show(heatmaps), needed))
    return network


def _sizes(shape: Sequence[object]) -> Shape:
    return tuple(side if isinstance(side, int) else None for side in shape)
