"""Part-affinity fields at single pixels of the image, without ever making the large maps of all 38 channels."""

import numpy as np

from zoo_common.paf.operators import MapOperator
from zoo_common.paf.skeleton import LIMBS

_DENSE = 64
"""Points cost about as much as resizing a field once there is one for this many pixels."""


class FieldSampler:
    """Evaluates the resized field of a limb where it is asked for.

    A few points are sums over 5 x 5 cells. Where a limb has many, its two channels are resized whole, one limb at a
    time: memory is bounded by the image, not by the number of points.

    Args:
        pafs: float32 [38, h, w], cells.
        operator: from these cells to the image.
    """

    def __init__(self, pafs: np.ndarray, operator: MapOperator) -> None:
        channels = np.array([channel for _, _, channel in LIMBS])
        self._pafs = pafs
        self._fields = np.stack([pafs[channels], pafs[channels + 1]], axis=-1).astype(np.float32)
        self._operator = operator
        self._pixels = len(operator.rows.plain) * len(operator.columns.plain)
        rows, columns = (axis.taps.shape[1] for axis in operator)
        limbs, height, width, _ = self._fields.shape
        strides = self._fields.strides
        self._windows = np.lib.stride_tricks.as_strided(
            self._fields,
            (limbs, height - rows + 1, width - columns + 1, rows, columns * 2),
            strides[:3] + (strides[1], strides[3]),
            writeable=False,
        )
        self._dense_limb, self._dense = -1, np.empty((0, 0, 2), np.float32)

    def __call__(self, limb: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return float32 [n, k, 2]: the fields of ``limb`` int64 [n], ascending, at pixels ``x``, ``y`` [n, k]."""
        out = np.empty(x.shape + (2,), np.float32)
        counts = np.bincount(limb, minlength=len(LIMBS))
        few = np.ones(len(limb), bool)
        for number in np.flatnonzero(counts * x.shape[-1] * _DENSE > self._pixels):
            rows = slice(*np.searchsorted(limb, (number, number + 1)))
            few[rows] = False
            out[rows] = self._whole(number)[y[rows], x[rows]]
        if few.all():
            return self._points(limb, x, y)
        out[few] = self._points(limb[few], x[few], y[few])
        return out

    def _points(self, limb: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        rows, columns = self._operator
        flat_x, flat_y = x.ravel(), y.ravel()
        cells = self._windows[np.repeat(limb, x.shape[1]), rows.first[flat_y], columns.first[flat_x]]
        down = np.einsum("nij,ni->nj", cells, rows.taps[flat_y])
        across = down.reshape(len(flat_x), columns.taps.shape[1], 2)
        return np.einsum("njc,nj->nc", across, columns.taps[flat_x]).reshape(x.shape + (2,))

    def _whole(self, limb: int) -> np.ndarray:
        if limb != self._dense_limb:
            rows, columns = self._operator
            channels = np.moveaxis(self._fields[limb], -1, 0)
            self._dense = np.moveaxis(rows.plain @ channels @ columns.plain.T, 0, -1)
            self._dense_limb = limb
        return self._dense
