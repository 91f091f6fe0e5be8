"""Does evaluating more images take more memory? Peak resident memory of N, 2N and 4N images, the demo network in fp32.

    python benchmarks/memory.py        (in the MXNet environment; about two minutes with the default N)

Each size is a synthetic dataset of its own, so that the annotation file grows with it, and a process of its own, whose
peak the kernel reports (`ru_maxrss`). What must not grow is what pictures and heatmaps take: the growth is shown
beside the size of one decoded picture.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tabulate import tabulate

from zoo_common.synthetic import generate

PICTURE = 320 * 427 * 3 / 1024  # KiB, of a middling size


def main():
    """Print one row a dataset size, and the growth."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=200, help="N")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    sizes = [args.images, 2 * args.images, 4 * args.images]
    with tempfile.TemporaryDirectory() as folder:
        peaks = [peak_kib(Path(folder) / str(size), size, args.threads) for size in sizes]
    rows = [[size, "{:.1f}".format(peak / 1024)] for size, peak in zip(sizes, peaks)]
    print(tabulate(rows, headers=["images", "peak RSS MiB"], disable_numparse=True))
    growth = (peaks[-1] - peaks[0]) / (sizes[-1] - sizes[0])
    print("{:.1f} KiB more an image; a decoded picture is about {:.0f} KiB".format(growth, PICTURE))


def peak_kib(folder, images, threads):
    """Draw a dataset, evaluate it in a process of its own and return that process's peak resident memory in KiB."""
    generate(folder / "data", train=0, val=images, seed=2, progress=False)
    command = [sys.executable, "-m", "zoo_mxnet", "evaluate", "--data", str(folder / "data")]
    command += ["--out", str(folder / "run"), "--no-progress", "--threads", str(threads)]
    with open(str(folder / "log"), "w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit("evaluate failed:\n" + (folder / "log").read_text()[-2000:])
    return usage.ru_maxrss


if __name__ == "__main__":
    main()
