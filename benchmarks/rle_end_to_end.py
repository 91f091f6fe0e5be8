"""Does an RLE network wait for data? People a second end to end, against the forward pass alone.

    [ZOO_REAL_DATA=...] python benchmarks/rle_end_to_end.py       (in the TensorFlow 2.11 environment)

Both sides run in turn over the same people: the whole loop (read, crop, forward, decode, write the run) and the same
batches, already in memory, through the network alone. Same threads, several repeats; random weights, which do not
change the speed. On a quiet machine wall time says whether the network waits; on any, CPU time says what share of the
work is the network's. 0.9 is the aim. With ZOO_REAL_DATA the pictures are its photographs, else drawn ones.
"""

import argparse
import statistics
import time

from _real import ratio
from end_to_end import forward_only, run
from rle_input import photographs

from zoo_common.evaluation.loader import load
from zoo_common.evaluation.stages import Stages
from zoo_common.frontend import CalibrationSet
from zoo_common.tasks import TopDownRegression, task_from_protocol

MODELS = ("rle_mobilenet_v2", "rle_resnet50")
PRECISIONS = ("fp32", "dynamic")


def main():
    """Print people a second of both sides and their ratios, for each network and precision."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", default=MODELS, help="default: %(default)s")
    parser.add_argument("--precisions", nargs="+", default=PRECISIONS, help="default: %(default)s")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2, help="of the network")
    parser.add_argument("--images", type=int, default=60)
    parser.add_argument("--batch-size", type=int, default=16)
    args = parser.parse_args()
    dataset, what = photographs("val2017")
    dataset = dataset.limit(args.images)
    for name in args.models:
        task = task_of(name)
        samples, size = task.samples(dataset), args.batch_size
        units = [(i, samples[i * size : (i + 1) * size]) for i in range(-(-len(samples) // size))]
        batches = [batch.inputs for batch in load(task, dataset, units, Stages())]
        print("{}: {} people of {} {}, batch {}".format(name, len(samples), len(dataset), what, size), flush=True)
        for precision in args.precisions:
            network = opened(name, precision, task, dataset, args.threads)
            for batch in (batches[0], batches[-1]):
                network(batch)
            whole, forward = [], []
            for _ in range(args.repeats):
                forward.append(timed(forward_only, network, batches))
                whole.append(timed(run, task, network, dataset, size))
            rates = [len(samples) / statistics.median(wall for wall, _ in side) for side in (whole, forward)]
            shares = [ratio([one[clock] for one in forward], [one[clock] for one in whole]) for clock in (0, 1)]
            text = "  {:8s} end to end {:7.2f} people/s   forward only {:7.2f}   ratio {:.3f} wall, {:.3f} CPU"
            print(text.format(precision, *rates, *shares), flush=True)


def timed(function, *arguments):
    """Return the wall and the CPU seconds of a call."""
    wall, cpu = time.perf_counter(), time.process_time()
    function(*arguments)
    return time.perf_counter() - wall, time.process_time() - cpu


def task_of(name):
    """Return the protocol of a card, without the flip test."""
    from zoo_tf2_rle.backend import Tf2RleBackend

    task = task_from_protocol(Tf2RleBackend().registry.get(name).protocol(), name)
    return TopDownRegression(task.options.model_copy(update={"flip_test": False}))


def opened(name, precision, task, dataset, threads):
    """Return a card's network with random weights, as `zoo-tf2-rle evaluate` builds it."""
    from zoo_tf2_rle.backend import Tf2RleBackend
    from zoo_tf2_rle.cli.main import parser

    backend = Tf2RleBackend()
    args = parser().parse_args(["evaluate", name, "--random-weights", "--threads", str(threads)])
    calibration = CalibrationSet(task, dataset, dataset, 8)
    return backend.build(backend.registry.get(name), precision, calibration, args).network


if __name__ == "__main__":
    main()
