"""Decoding of part-affinity fields: ours against the published procedure, on the same maps.

    python benchmarks/paf_decoding.py                              (any environment with zoo-common)
    ZOO_REAL_DATA=... python benchmarks/paf_decoding.py --real     (in the TensorFlow 1.15 environment)

Scenes of random people with noise are drawn as a network would (46 cells high), in images of COCO's usual sizes; with
--real the maps are those of the real pose graph on photographs. The plain side resizes all maps to the image, blurs
those of the joints with `scipy.ndimage.gaussian_filter` (or, without SciPy, the same in NumPy) and loops over pairs.
Both sides must find the same people. In turns, CPU time of one thread, paired ratios. `cold` is the first image of a
size, when the operators of that size are still to be made. Last, maps of noise alone: peaks everywhere, time and the
most memory that Python and NumPy held.
"""

import argparse
import os
import statistics
import sys
import time
import tracemalloc
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # its threads spin while they wait for each other

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "packages" / "zoo-common" / "tests" / "paf"))

from paf_scenes import garbage_maps, people_maps

from zoo_common.paf import decode
from zoo_common.paf.operators import axis_operator
from zoo_common.paf.plain import decode_plain, gaussian_blur

SIZES = ((640, 480), (640, 427), (480, 640), (500, 375), (427, 640))
PEOPLE = (1, 2, 3, 4, 6, 10)


def scipys_blur():
    """Return SciPy's gaussian as the plain side calls it, or None where SciPy is not installed."""
    try:
        from scipy.ndimage import gaussian_filter
    except ImportError:
        return None
    return lambda image: gaussian_filter(image, sigma=3)


def timed(work, *arguments, **options):
    """Return the result of a call and its CPU milliseconds."""
    start = time.process_time()
    result = work(*arguments, **options)
    return result, (time.process_time() - start) * 1e3


def same(ours, theirs):
    """Tell whether both found the same joints, with scores equal to float32 rounding."""
    return len(ours.people) == len(theirs.people) and all(
        np.array_equal(a.keypoints, b.keypoints) and abs(a.score - b.score) < 1e-5
        for a, b in zip(ours.people, theirs.people)
    )


def drawn(scenes, seed):
    """Yield maps and place of scenes of random people."""
    for number in range(scenes):
        size = SIZES[number % len(SIZES)]
        yield people_maps(np.random.RandomState(seed + number), *size, people=PEOPLE[number % len(PEOPLE)])


def photographed(scenes):
    """Yield maps and place of photographs, through the real pose graph as it is."""
    from _real import real_data
    from _tf1 import GRAPH, OUTPUT

    from zoo_common.coco import open_coco, read_image
    from zoo_common.paf import PafMaps, fit, lay
    from zoo_tf1.quantsim.load import load
    from zoo_tf1.quantsim.runner import Runner

    graph = load(real_data() / GRAPH, ["image:0"], [OUTPUT + ":0"], training_batch_norms=True)
    dataset = open_coco(real_data() / "coco")
    with Runner(graph) as run:
        for info in dataset.images[:scenes]:
            image = read_image(dataset.image_path(info))
            place = fit(image.shape[1], image.shape[0], 368)
            maps = run(lay(image, place)[None].astype(np.float32))[OUTPUT][0].transpose(2, 0, 1)
            yield PafMaps(maps[:19], maps[19:]), place


def compare(scenes):
    """Time both sides on every scene and print what came out."""
    blur = scipys_blur()
    cold, warm, plain, people, different = [], [], [], 0, 0
    for maps, place in scenes:
        axis_operator.cache_clear()
        cold.append(timed(decode, maps, place)[1])
        found, spent = timed(decode, maps, place)
        warm.append(spent)
        expected, spent = timed(decode_plain, maps, place, blur=blur or gaussian_blur)
        plain.append(spent)
        people += len(expected.people)
        different += not same(found, expected)
    print("{} scenes, {} people; scenes with different people: {}".format(len(plain), people, different))
    print("plain side blurs with {}".format("SciPy" if blur else "NumPy (SciPy is not installed)"))
    for name, spent in (("plain", plain), ("ours", warm), ("ours, cold", cold)):
        ratio = statistics.median(slow / quick for slow, quick in zip(plain, spent))
        text = "{:12s} {:8.2f} ms an image (median {:8.2f})   plain / this {:6.1f}"
        print(text.format(name, statistics.mean(spent), statistics.median(spent), ratio))


def collapse():
    """Print time and memory on maps of noise."""
    maps, place = garbage_maps(np.random.RandomState(0))
    decode(maps, place)
    found, spent = timed(decode, maps, place)
    tracemalloc.start()
    decode(maps, place)
    peak = tracemalloc.get_traced_memory()[1]
    message = "noise: {:.0f} ms, {:.0f} MB at most, {} joints over the cap"
    print(message.format(spent, peak / 2**20, found.capped_joints))


def main():
    """Run both comparisons."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--real", action="store_true", help="maps of the real pose graph on photographs")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    compare(photographed(args.scenes) if args.real else drawn(args.scenes, args.seed))
    collapse()


if __name__ == "__main__":
    main()
