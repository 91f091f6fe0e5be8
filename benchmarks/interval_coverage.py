"""How often does a 95 % interval of a difference hold the truth?

    python benchmarks/interval_coverage.py [--trials 2000] [--images 300] [--replicates 1000]

Images come from a process of which any number can be drawn: the truth is AP and AR on a quarter of a million of them, a
trial sees --images. Asked: between 93 and 97 of 100 intervals hold the truth. Exit code 1 otherwise.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from tqdm import tqdm

from zoo_common.comparison.resampling import bootstrap
from zoo_common.comparison.weighted import Weighting

sys.path.insert(0, str(Path(__file__).parents[1] / "packages/zoo-common/tests/comparison"))
from simulated_detectors import in_categories, two_detectors

CASES = {
    "loss of 0.02 OKS": {"loss": 0.02, "spread": 0.04},
    "loss of 0.002 OKS": {"loss": 0.002, "spread": 0.01},
    "no loss, only noise": {"loss": 0.0, "spread": 0.04},
    "many false alarms": {"loss": 0.02, "spread": 0.04, "false_alarms": 4.0},
    "crowds": {"loss": 0.02, "spread": 0.04, "people": 8.0},
    "forty categories": {"loss": 0.02, "spread": 0.06, "people": 7.0, "false_alarms": 3.0, "categories": 40},
}


def main() -> int:
    """Measure and print the table; 1 if a coverage of a difference lies outside 0.93 to 0.97."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=2000)
    parser.add_argument("--images", type=int, default=300)
    parser.add_argument("--replicates", type=int, default=1000)
    parser.add_argument("--truth-images", type=int, default=250_000)
    parser.add_argument("--cases", nargs="+", choices=list(CASES), default=list(CASES))
    args = parser.parse_args()
    line = "{:<22} {:>9} {:>9} {:>9} {:>9} {:>9} {:>12}"
    print(line.format("case", "true dAP", "dAP", "dAR", "AP", "AR", "half width"))
    fine = True
    for name in args.cases:
        held, width, truth = coverage(CASES[name], args)
        fine &= bool(((held[:2] >= 0.93) & (held[:2] <= 0.97)).all())
        cells = ["{:+.4f}".format(truth)] + ["{:.3f}".format(value) for value in held] + ["{:.4f}".format(width)]
        print(line.format(name, *cells), flush=True)
    return 0 if fine else 1


def draw(images, seed, categories=1, **options):
    """Return the matches of two detectors on images of their own."""
    runs = two_detectors(images, seed, **options)
    return runs if categories == 1 else in_categories(runs, categories, seed)


def coverage(options, args):
    """Return how often the intervals of dAP, dAR, the reference's AP and AR hold the truth, and more for the table."""
    ones = np.ones((1, args.truth_images), np.int32)
    sides = [np.ravel(Weighting(run).statistics(ones)) for run in draw(args.truth_images, 10**6, **options)]
    truth = sides[1] - sides[0]
    held, widths = np.zeros(4), []
    for trial in tqdm(range(args.trials), leave=False, disable=None):
        ap, ar = bootstrap(*draw(args.images, trial, **options), replicates=args.replicates, seed=trial)
        intervals = [ap.difference, ar.difference, ap.reference, ar.reference]
        held += [low <= value <= high for (low, high), value in zip(intervals, (*truth, *sides[0]))]
        widths.append(ap.difference.high - ap.difference.low)
    return held / args.trials, np.mean(widths) / 2, truth[0]


if __name__ == "__main__":
    sys.exit(main())
