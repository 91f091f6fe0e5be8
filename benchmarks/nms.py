"""OKS-NMS of one image after another: the published loop over pairs against ours.

    python benchmarks/nms.py                           (any environment with zoo-common)

Both sides drop the same people. Interleaved, CPU time of one thread, median of the repeats.
"""

import argparse
import statistics
import time

import numpy as np

from zoo_common.keypoints import oks_nms
from zoo_common.keypoints.coco17 import SIGMAS


def images(count, people, seed=0):
    """Yield keypoints float [n, 17, 3], scores and areas of images whose people partly lie on each other."""
    rng = np.random.RandomState(seed)
    for _ in range(count):
        size = rng.uniform(60, 200, people)
        body = rng.rand(1 + people // 2, 17, 2)[rng.randint(0, 1 + people // 2, people)]
        joints = body * size[:, None, None] + rng.randn(people, 17, 2) * 2 + rng.randint(0, 3, (people, 1, 1)) * 200
        keypoints = np.concatenate([joints, rng.rand(people, 17, 1)], axis=2)
        yield keypoints, keypoints[..., 2].mean(axis=1), size**2


def published(keypoints, scores, areas, threshold):
    """Suppress as HRNet's ``oks_nms`` does: the best against the rest, one pair at a time."""
    variances = (SIGMAS * 2) ** 2
    order = np.argsort(-scores, kind="stable")
    keep = []
    while order.size > 0:
        best = order[0]
        keep.append(best)
        similar = np.zeros(len(order) - 1)
        for place, other in enumerate(order[1:]):
            dx = keypoints[other, :, 0] - keypoints[best, :, 0]
            dy = keypoints[other, :, 1] - keypoints[best, :, 1]
            error = (dx**2 + dy**2) / variances / ((areas[best] + areas[other]) / 2 + np.spacing(1)) / 2
            similar[place] = np.sum(np.exp(-error)) / len(error)
        order = order[1:][similar <= threshold]
    return np.array(keep)


def main():
    """Print milliseconds an image of both sides and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=200)
    parser.add_argument("--people", type=int, nargs="+", default=[3, 10, 20])
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args()
    for people in args.people:
        data = list(images(args.images, people))
        times = {published: [], oks_nms: []}
        kept = {}
        for _ in range(args.repeats):
            for suppress, spent in times.items():
                start = time.thread_time()
                kept[suppress] = [suppress(*image, 0.9) for image in data]
                spent.append((time.thread_time() - start) * 1e3 / len(data))
        assert all(np.array_equal(a, b) for a, b in zip(kept[published], kept[oks_nms]))
        left = sum(map(len, kept[oks_nms])) / len(data)
        ratio = statistics.median(a / b for a, b in zip(times[published], times[oks_nms]))
        loop, ours = (statistics.median(times[suppress]) for suppress in (published, oks_nms))
        print(
            "{:3d} people an image, {:.1f} kept: published loop {:.3f} ms, ours {:.3f} ms, ratio {:.1f}".format(
                people, left, loop, ours, ratio
            )
        )


if __name__ == "__main__":
    main()
