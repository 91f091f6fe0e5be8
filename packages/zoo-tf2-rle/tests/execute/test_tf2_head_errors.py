"""The error of each head, on outputs moved by known amounts."""

import numpy as np

from zoo_common.tasks.topdown_regression import Regressed
from zoo_tf2_rle.execute.head_errors import head_errors

SIZE = (128, 96)


def outputs():
    random = np.random.RandomState(0)
    return Regressed(*(random.uniform(low, 0.5, (40, 17, 2)).astype(np.float32) for low in (-0.5, 0.0)))


def test_known_shifts():
    reference = outputs()
    moved = reference.coordinates + np.float32([3 / 96, 4 / 128])
    found = head_errors(reference, Regressed(moved, reference.sigmas + np.float32(0.25)), SIZE)
    np.testing.assert_allclose([found.shift_p50, found.shift_p95, found.shift_max], 5, rtol=1e-4)
    np.testing.assert_allclose([found.score_shift, found.score_spread], [-0.25, 0], atol=1e-6)
    power = np.square(reference.sigmas.astype(np.float64)).mean()
    np.testing.assert_allclose(found.sigma_sqnr_db, 10 * np.log10(power / 0.0625), rtol=1e-4)


def test_the_heads_are_told_apart():
    reference = outputs()
    same = head_errors(reference, Regressed(reference.coordinates, reference.sigmas / 2), SIZE)
    assert same.coordinate_sqnr_db == np.inf and same.shift_max == 0
    np.testing.assert_allclose(same.sigma_sqnr_db, 10 * np.log10(4), rtol=1e-6)
    assert same.score_shift > 0.1 and same.score_spread > 0.03
