"""1,000 paired resamples of 5,000 images with 20,000 detections each: ours against the plain way.

    python benchmarks/paired_bootstrap.py [--replicates 1000] [--repeats 3]

They take turns. The plain way calls `zoo_common.metrics.ap_from_matches` once a resample and run (a twentieth of them
is measured). Printed below: what leaving an image's doubles out of a resample does to the standard error.
"""

import argparse
import statistics
import sys
import time
from pathlib import Path

import numpy as np

from zoo_common.comparison.resampling import bootstrap, permutation
from zoo_common.comparison.weighted import Weighting
from zoo_common.metrics import ap_from_matches

sys.path.insert(0, str(Path(__file__).parents[1] / "packages/zoo-common/tests/comparison"))
from simulated_detectors import two_detectors

IMAGES = 5000


def main() -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicates", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()
    runs = two_detectors(IMAGES, 0, false_alarms=1.8)
    print("{} images, {} annotations, {} detections a run".format(IMAGES, len(runs[0].gt_id), len(runs[0].dt_score)))
    ways = {
        "ours, bootstrap": lambda: bootstrap(*runs, replicates=args.replicates),
        "ours, permutation": lambda: permutation(*runs, replicates=args.replicates),
        "plain, bootstrap": lambda: plain(runs, max(1, args.replicates // 20)),
    }
    times = {name: [] for name in ways}
    for _ in range(args.repeats):
        for name, way in ways.items():
            start = time.process_time()
            way()
            times[name].append((time.process_time() - start) * (20 if name.startswith("plain") else 1))
    base = times["ours, bootstrap"]
    for name, seconds in times.items():
        ratio = statistics.median(b / a for a, b in zip(base, seconds))
        print("{:<18} {:>8.2f} CPU s  {:>6.1f} x".format(name, statistics.median(seconds), ratio))
    weights = resamples(IMAGES, 400)
    for name, counts in (("doubles kept", weights), ("doubles left out", np.minimum(weights, 1))):
        sides = [Weighting(run).statistics(counts)[0] for run in runs]
        print("standard error of AP, {:<17} {:.5f}".format(name + ":", sides[0].std()))
    return 0


def resamples(images, count):
    """Return how often each image was drawn, [count, images]."""
    random = np.random.RandomState(1)
    return np.stack([np.bincount(random.randint(0, images, images), minlength=images) for _ in range(count)])


def plain(runs, count):
    """Return differences of AP, one call a resample and run."""
    return [
        np.subtract(*(ap_from_matches(run, weights)["AP"] for run in reversed(runs)))
        for weights in resamples(IMAGES, count)
    ]


if __name__ == "__main__":
    sys.exit(main())
