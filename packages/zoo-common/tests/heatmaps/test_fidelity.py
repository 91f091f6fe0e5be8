import math

import numpy as np
import pytest

from zoo_common.heatmaps.fidelity import joint_shift, shift_summary, sqnr_db


def test_sqnr_of_known_noise():
    reference = np.full((4, 4), 2.0, np.float32)
    assert sqnr_db(reference, reference + np.float32(0.2)) == pytest.approx(20, abs=1e-5)
    assert sqnr_db(reference, reference) == math.inf
    assert sqnr_db(np.zeros(3), np.ones(3)) == -math.inf


def test_a_peak_that_moves_a_cell_moves_a_stride():
    reference = np.zeros((1, 2, 8, 6), np.float32)
    reference[0, :, 3, 2] = 1
    moved = reference.copy()
    moved[0, 1] = np.roll(reference[0, 1], 2, axis=1)
    shift = joint_shift(reference, moved, (32, 24))
    assert shift.tolist() == [[0.0, 8.0]]
    assert shift_summary(shift) == {"mean": 4.0, "median": 4.0, "p95": pytest.approx(7.6), "moved_over_1px": 0.5}
