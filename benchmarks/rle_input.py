"""What do training batches cost, and does the network ever wait for them?

    [ZOO_REAL_DATA=...] python benchmarks/rle_input.py       (in the TensorFlow 2.11 environment)

Two sides make the same augmented crops in turns, with no picture kept in memory: the product's ``tf.data`` pipeline,
and a plain loop over cv2.imread, cv2.warpAffine and arithmetic in NumPy, which is given the matrices of its crops. Both
results are compared first. The ratio is the median of paired CPU times; 1.3 is the aim.

Then a light and a larger network take steps on batches as a training makes them, and the share of the wall time in
which they had none is told; the first steps, in which TensorFlow compiles, are left out.

With ZOO_REAL_DATA the pictures are its photographs, else drawn ones.
"""

import argparse
import os
import statistics
import time
from pathlib import Path

import cv2
import numpy as np
from _real import ratio

from zoo_common.coco import open_coco
from zoo_common.frontend.data import default_data
from zoo_common.tasks.topdown_regression import TopDownRegression, TopDownRegressionOptions
from zoo_common.training.order import VIEWS, chosen
from zoo_tf2_rle.training.batches import Batches, dataset_of
from zoo_tf2_rle.training.config import Config
from zoo_tf2_rle.training.people import people_of_tree
from zoo_tf2_rle.training.views import random_view

WARM_UP = 3
"""Steps that are not counted."""


def main():
    """Print the cost of a crop on both sides, and the share of waiting."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--batches", type=int, default=8, help="of 32 crops, in each repeat")
    parser.add_argument("--threads", type=int, default=2, help="that make batches")
    parser.add_argument("--steps", type=int, default=20, help="of training, to see whether it waits; 0: not asked")
    args = parser.parse_args()
    dataset, name = photographs("train2017")
    print("{}: {} pictures, {} thread(s)".format(name, len(dataset), args.threads))
    compare_costs(dataset, args)
    if args.steps:
        for backbone, size, count in (("light_residual", (128, 96), 32), ("mobilenet_v2", (256, 192), 8)):
            config = config_of(backbone, size, count, cache_mb=1024)
            share, seconds = waiting(dataset, config, args)
            text = "{:15s} {}x{}, batch {:2d}: {:6.3f} s a step, waits {:.2%} of the time"
            print(text.format(backbone, *size, count, seconds, share), flush=True)


def photographs(split):
    """Return a split of the real photographs, or of the embedded drawn ones, and what they are."""
    root = os.environ.get("ZOO_REAL_DATA")
    if root:
        return open_coco(Path(root, "coco"), split=split), "photographs"
    return open_coco(default_data(), split=split).limit(64), "drawn pictures"


def config_of(backbone, size, count, cache_mb, flow=True):
    """Return the official recipe on a backbone."""
    return Config.model_validate(
        {
            "DATASET": {"COMMON": {"INPUT_SHAPE": [*size, 3]}},
            "MODEL": {"BACKBONE": backbone},
            "TRAIN": {"BATCH_SIZE": count},
            "OPTIONS": {"CACHE_MB": cache_mb, "FLOW": flow},
        }
    )


def people_of(dataset, config):
    """Return the people of a configuration."""
    task = TopDownRegression(TopDownRegressionOptions(**config.task_options()))
    return people_of_tree(dataset, task, config.OPTIONS.CACHE_MB), task.samples(dataset)


def compare_costs(dataset, args):
    """Print CPU milliseconds a crop of both sides, and their ratio."""
    config = config_of("mobilenet_v2", (256, 192), 32, cache_mb=0)
    people, samples = people_of(dataset, config)
    views = [views_of(people, config, number) for number in range(args.batches)]
    paths = [[str(dataset.image_path(samples[person].image)) for person, _ in batch] for batch in views]
    batches = Batches(people, config)

    def pipeline():
        return list(dataset_of(batches, 0, args.batches, args.threads, ahead=4).as_numpy_iterator())

    def loop():
        return [plain(*pair) for pair in zip(paths, views)]

    for (images, _, _), plainly in zip(pipeline(), loop()):
        np.testing.assert_allclose(images, plainly, atol=1e-6)
    ours, theirs = [], []
    for _ in range(args.repeats):
        ours.append(cpu(pipeline))
        theirs.append(cpu(loop))
    crops = args.batches * config.TRAIN.BATCH_SIZE
    costs = (1e3 * statistics.median(side) / crops for side in (ours, theirs))
    text = "a crop of 256x192: tf.data {:.2f} CPU-ms, plain OpenCV loop {:.2f}; ratio {:.3f}"
    print(text.format(*costs, ratio(ours, theirs)), flush=True)


def views_of(people, config, number):
    """Return person and view of each row of a batch, as `Batches` draws them."""
    found = []
    for row in range(config.TRAIN.BATCH_SIZE):
        person = chosen(config.OPTIONS.SEED, number * config.TRAIN.BATCH_SIZE + row, people.count)
        about = people.centre[person], people.scale[person], people.joints[person], people.labelled[person]
        random = np.random.default_rng([config.OPTIONS.SEED, VIEWS, number, row])
        found.append((person, random_view(*about, (config.AUG, config.OPTIONS), (256, 192), random)))
    return found


def plain(paths, views):
    """Return the crops of a batch, float32 [N, H, W, 3], read and cut one by one."""
    batch = np.empty((len(views), 256, 192, 3), np.float32)
    mean = np.float32([0.406, 0.457, 0.48])
    for row, (path, (_, view)) in enumerate(zip(paths, views)):
        crop = cv2.warpAffine(cv2.imread(path), view.matrix, (192, 256), flags=cv2.INTER_LINEAR)
        crop = crop[:, ::-1] if view.mirrored else crop
        batch[row] = crop[..., ::-1].astype(np.float32) / 255 - mean
    return batch


def cpu(function):
    """Return the CPU seconds of a call, all threads together."""
    start = time.process_time()
    function()
    return time.process_time() - start


def waiting(dataset, config, args):
    """Return the share of the wall time that steps wait for batches, and the median seconds of a step."""
    from zoo_tf2_rle.training.building import build_trainable
    from zoo_tf2_rle.training.step import TrainStep

    people, _ = people_of(dataset, config)
    network, flow, _ = build_trainable(config)
    step = TrainStep(network, flow)
    stream = iter(dataset_of(Batches(people, config), 0, args.steps + WARM_UP, args.threads, ahead=4))
    waits, steps = [], []
    for _ in range(args.steps + WARM_UP):
        start = time.perf_counter()
        batch = next(stream)
        got = time.perf_counter()
        step(batch, 1e-3)
        waits.append(got - start)
        steps.append(time.perf_counter() - got)
    waits, steps = waits[WARM_UP:], steps[WARM_UP:]
    return sum(waits) / (sum(waits) + sum(steps)), statistics.median(steps)


if __name__ == "__main__":
    main()
