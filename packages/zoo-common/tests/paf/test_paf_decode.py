"""The quick decoder and the plain one find the same people."""

import tracemalloc

import numpy as np
import pytest
from paf_scenes import garbage_maps, people_maps

from zoo_common.errors import ZooError
from zoo_common.paf import PafMaps, decode
from zoo_common.paf.plain import decode_plain

SIZES = [(240, 180), (160, 214), (200, 133), (120, 160)]


def assert_same(maps, place, **options):
    quick, plain = decode(maps, place, **options), decode_plain(maps, place, **options)
    assert len(quick.people) == len(plain.people) and quick.capped_joints == plain.capped_joints
    for ours, theirs in zip(quick.people, plain.people):
        np.testing.assert_array_equal(ours.keypoints, theirs.keypoints)
        assert ours.score == pytest.approx(theirs.score, abs=3e-6)
    return quick


@pytest.mark.parametrize("people", [1, 2, 4, 8])
def test_same_people(people):
    found = 0
    for seed in range(13):
        rng = np.random.RandomState(100 * people + seed)
        size = SIZES[seed % 4]
        noise = 0.01 + 0.02 * (seed % 4)
        maps, place = people_maps(rng, *size, people=people, input_height=160, noise=noise)
        result = assert_same(maps, place)
        found += len(result.people)
        assert result.capped_joints == 0
    assert found >= 0.6 * 13 * people


def test_same_people_in_garbage():
    maps, place = garbage_maps(np.random.RandomState(3), 100, 80)
    assert assert_same(maps, place, max_peaks=12).capped_joints > 0


def test_garbage_takes_bounded_memory():
    maps, place = garbage_maps(np.random.RandomState(0))
    decode(maps, place)
    tracemalloc.start()
    result = decode(maps, place)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert result.capped_joints == 18
    assert peak < 120e6


def test_channels_last_memory_and_a_missing_background_change_nothing():
    maps, place = people_maps(np.random.RandomState(5), 200, 150, 2, 120)
    last = PafMaps(*(np.ascontiguousarray(part.transpose(1, 2, 0)).transpose(2, 0, 1) for part in maps))
    expected = decode(maps, place)
    for other in (last, PafMaps(maps.heatmaps[:18], maps.pafs)):
        for ours, theirs in zip(decode(other, place).people, expected.people):
            np.testing.assert_array_equal(ours.keypoints, theirs.keypoints)
    assert expected.people


def test_maps_the_wrong_way_round_and_broken_ones_are_refused():
    maps, place = people_maps(np.random.RandomState(5), 200, 150, 1, 120)
    with pytest.raises(ZooError, match=r"returned maps \(38, 15, 20\) and \(19, 15, 20\); heatmaps \(19, 15, 20\)"):
        decode(PafMaps(maps.pafs, maps.heatmaps), place)
    maps.pafs[3, 2, 1] = np.nan
    with pytest.raises(ZooError, match="not finite"):
        decode(maps, place)
