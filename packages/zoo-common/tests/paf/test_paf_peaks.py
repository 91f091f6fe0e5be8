"""Peaks found only where they can be, against a search of the whole blurred map."""

import numpy as np
import pytest
from paf_scenes import garbage_maps, people_maps

from zoo_common.paf import fit
from zoo_common.paf.operators import map_operator
from zoo_common.paf.peaks import find_peaks, keep_best
from zoo_common.paf.plain import find_all_peaks, gaussian_blur, to_image


def both(maps, place, max_peaks=10**6):
    heatmaps = np.ascontiguousarray(maps.heatmaps[:18])
    ours = find_peaks(heatmaps, map_operator(place), max_peaks)
    plain, capped = find_all_peaks(to_image(heatmaps, place), max_peaks, gaussian_blur)
    assert ours.capped == capped
    assert np.diff(ours.start).tolist() == [len(part) for part in plain]
    listed = np.array([peak for part in plain for peak in part]).reshape(-1, 4)
    np.testing.assert_array_equal(ours.xy, listed[:, :2])
    np.testing.assert_allclose(ours.score, listed[:, 2], rtol=0, atol=3e-6)
    return ours


@pytest.mark.parametrize("seed", range(8))
def test_same_peaks(seed):
    rng = np.random.RandomState(seed)
    size = [(320, 240), (211, 301), (400, 150), (64, 90)][seed % 4]
    assert len(both(*people_maps(rng, *size, people=5, input_height=184, noise=0.05)).xy) > 10


def test_same_peaks_where_they_are_everywhere():
    maps, place = garbage_maps(np.random.RandomState(0), 200, 150)
    assert len(both(maps, place).xy) > 1000


def test_nothing_is_found_on_empty_maps_and_a_border_peak_is():
    place = fit(160, 120, 120)
    heatmaps = np.zeros((18,) + place.cells, np.float32)
    assert len(find_peaks(heatmaps, map_operator(place), 9).xy) == 0
    heatmaps[4, 0, 0] = heatmaps[17, -1, -1] = 1
    found = find_peaks(heatmaps, map_operator(place), 9)
    assert np.repeat(np.arange(18), np.diff(found.start)).tolist() == [4, 17]
    assert (found.xy[0] < 8).all() and (found.xy[1] > (150, 110)).all()


def test_the_best_are_kept_in_order():
    score = np.array([0.2, 0.9, 0.5, 0.5, 0.1, 0.3])
    joint = np.array([0, 0, 0, 0, 2, 2])
    keep, capped = keep_best(score, joint, 3, 2)
    assert (keep.tolist(), capped) == ([1, 2, 4, 5], 1)
    keep, capped = keep_best(score, joint, 3, 4)
    assert (keep.tolist(), capped) == ([0, 1, 2, 3, 4, 5], 0)
