"""Intervals that hold what they promise, and p-values that are honest."""

import numpy as np
import pytest
from simulated_detectors import two_detectors

from zoo_common.comparison import resampling
from zoo_common.comparison.resampling import bootstrap, permutation
from zoo_common.comparison.weighted import Weighting
from zoo_common.errors import ZooError
from zoo_common.metrics import ap_from_matches


def test_the_same_seed_gives_the_same_numbers():
    runs = two_detectors(50, 0)
    assert bootstrap(*runs, replicates=60, seed=3) == bootstrap(*runs, replicates=60, seed=3)
    assert bootstrap(*runs, replicates=60, seed=3) != bootstrap(*runs, replicates=60, seed=4)
    assert permutation(*runs, replicates=60) == permutation(*runs, replicates=60)


def test_a_run_does_not_differ_from_itself():
    run = two_detectors(40, 0)[0]
    ap, ar = bootstrap(run, run, replicates=50)
    assert ap.difference == ar.difference == (0.0, 0.0) and ap.ratio == (1.0, 1.0)
    assert ap.reference == ap.candidate and ap.reference.low < ap.reference.high
    assert permutation(run, run, replicates=50) == (1.0, 1.0)


def test_the_intervals_are_percentiles_of_weighted_resamples():
    """The plain way: each resample by `ap_from_matches`, an image drawn three times counting three times."""
    runs = two_detectors(40, 2)
    random, plain = np.random.RandomState(9), []
    for _ in range(40):
        weights = np.bincount(random.randint(0, 40, 40), minlength=40)
        plain.append([ap_from_matches(run, weights)["AP"] for run in runs])
    reference, candidate = np.array(plain).T
    found = bootstrap(*runs, replicates=40, confidence=0.9, seed=9)[0]
    assert found.difference == pytest.approx(np.percentile(candidate - reference, [5, 95]), abs=1e-12)
    assert found.reference == pytest.approx(np.percentile(reference, [5, 95]), abs=1e-12)
    assert found.ratio == pytest.approx(np.percentile(candidate / reference, [5, 95]), abs=1e-12)


def test_leaving_doubles_out_would_be_too_sure_of_itself():
    run = two_detectors(300, 4)[0]
    random = np.random.RandomState(0)
    counts = np.stack([np.bincount(random.randint(0, 300, 300), minlength=300) for _ in range(400)])
    true, wrong = (Weighting(run).statistics(weights)[0].std() for weights in (counts, np.minimum(counts, 1)))
    assert 0.6 < wrong / true < 0.9


def test_intervals_cover_the_truth():
    """Of 200 intervals of 95 % some 190 hold it; fewer than 181 or all of them would be a mistake in 1,000 chances."""
    ones = np.ones((1, 60000), np.int32)
    truth = np.subtract(*(np.ravel(Weighting(run).statistics(ones)) for run in reversed(two_detectors(60000, 10**6))))
    held = np.zeros(2)
    for seed in range(200):
        found = bootstrap(*two_detectors(150, seed), replicates=200, seed=seed)
        held += [item.difference.low <= value <= item.difference.high for item, value in zip(found, truth)]
    assert ((held >= 181) & (held < 200)).all(), held


def test_p_values_are_uniform_where_nothing_differs_and_small_where_much_does():
    alike = {"loss": 0.0, "spread": 0.0}  # the same people found, with other scores and other false alarms
    found = [permutation(*two_detectors(60, seed, **alike), replicates=99, seed=seed)[0] for seed in range(100)]
    assert 0.35 < np.mean(found) < 0.65 and np.mean(np.array(found) <= 0.1) < 0.22
    assert permutation(*two_detectors(60, 1, loss=0.2), replicates=99)[0] == 0.01


def test_what_cannot_be_resampled_is_refused():
    first, second = two_detectors(20, 0), two_detectors(21, 0)
    for bad in ({"replicates": 0}, {"confidence": 1.0}):
        with pytest.raises(ZooError, match=next(iter(bad))):
            bootstrap(*first, **bad)
    with pytest.raises(ZooError, match="same images"):
        permutation(first[0], second[1])


def test_how_many_weightings_are_held_at_once_changes_no_number(monkeypatch):
    runs = two_detectors(30, 6)
    whole = bootstrap(*runs, replicates=40), permutation(*runs, replicates=40)
    monkeypatch.setattr(resampling, "_WEIGHTS", 100)  # three of thirty images
    assert (bootstrap(*runs, replicates=40), permutation(*runs, replicates=40)) == whole
