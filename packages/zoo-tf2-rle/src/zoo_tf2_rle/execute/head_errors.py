"""What a quantized network does to each of the two heads."""

from typing import NamedTuple, Tuple

import numpy as np

from zoo_common.heatmaps.fidelity import sqnr_db
from zoo_common.tasks.topdown_regression import Regressed


class HeadErrors(NamedTuple):
    """How far one network's outputs are from a reference's on the same crops.

    Attributes:
        coordinate_sqnr_db: signal-to-quantization-noise ratio of the coordinates, infinite if equal.
        shift_p50, shift_p95, shift_max: how far joints move: percentiles and the farthest, in pixels of the crop.
        sigma_sqnr_db: that of the sigmas.
        score_shift: mean of the joints' scores, 1 - sigma averaged over x and y, less the reference's.
        score_spread: standard deviation of that difference over the joints: what changes their order.
    """

    coordinate_sqnr_db: float
    shift_p50: float
    shift_p95: float
    shift_max: float
    sigma_sqnr_db: float
    score_shift: float
    score_spread: float


def head_errors(reference: Regressed, outputs: Regressed, size: Tuple[int, int]) -> HeadErrors:
    """Compare the raw outputs of two networks.

    The two heads fail in different ways. A coordinate is a projection of the features' direction, and an error in it
    moves the joint: it counts by itself. A sigma passes a sigmoid, which flattens errors where it is sure; a shift that
    all sigmas share changes no ranking, so that AP feels their spread alone.

    Args:
        reference, outputs: of the same crops, as the network returns them: no flip test.
        size: height and width of the crop.
    """
    moved = (outputs.coordinates.astype(np.float64) - reference.coordinates) * np.array([size[1], size[0]])
    shift = np.hypot(moved[..., 0], moved[..., 1])
    score = (reference.sigmas.astype(np.float64) - outputs.sigmas).mean(axis=-1)
    return HeadErrors(
        sqnr_db(reference.coordinates, outputs.coordinates),
        *(float(value) for value in np.percentile(shift, [50, 95, 100])),
        sqnr_db(reference.sigmas, outputs.sigmas),
        float(score.mean()),
        float(score.std()),
    )
