"""What does a training step cost, and what does its flow add?

    python benchmarks/rle_training.py       (in the TensorFlow 2.11 environment)

For a light and a larger network, a step with the flow and one without take turns on the same batch of noise, which is
in memory; the ratio is the median of paired CPU times.
"""

import argparse
import statistics

import numpy as np
from rle_input import config_of

from zoo_common.evaluation.timing import interleaved

NETWORKS = (("light_residual", (128, 96), 32), ("mobilenet_v2", (256, 192), 8))


def main():
    """Print the time of a step with and without flow, for each network."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--threads", type=int, help="of TensorFlow (default: one a core)")
    args = parser.parse_args()
    from zoo_tf2_rle.tensorflow2 import tf

    if args.threads is not None:
        tf.config.threading.set_intra_op_parallelism_threads(args.threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    for backbone, size, count in NETWORKS:
        sides = {flow: stepper(config_of(backbone, size, count, 0, flow)) for flow in (True, False)}
        timings = interleaved(sides, batch_of(size, count), repeats=args.repeats, warm_up=2, settle=0)
        with_flow, without = timings[True], timings[False]
        added = statistics.median(a / b for a, b in zip(with_flow.cpu_ms, without.cpu_ms))
        print(
            "{:15s} {}x{}, batch {:2d}: with flow {:7.1f} CPU-ms ({:7.1f} wall), without {:7.1f} ({:7.1f}); "
            "ratio {:.3f}".format(
                *(backbone, *size, count, with_flow.median_cpu_ms, with_flow.median_wall_ms),
                *(without.median_cpu_ms, without.median_wall_ms, added),
            ),
            flush=True,
        )


def stepper(config):
    """Return what takes a training step on a batch."""
    from zoo_tf2_rle.training.building import build_trainable
    from zoo_tf2_rle.training.step import TrainStep

    network, flow, _ = build_trainable(config)
    step = TrainStep(network, flow)
    return lambda batch: step(batch, 1e-4)


def batch_of(size, count):
    """Return a batch of noise in memory."""
    from zoo_tf2_rle.tensorflow2 import tf
    from zoo_tf2_rle.training.batches import Batch

    random = np.random.RandomState(0)
    images = random.uniform(-0.5, 0.5, (count, *size, 3))
    targets = random.uniform(-0.5, 0.5, (count, 17, 2))
    return Batch(*(tf.constant(part.astype(np.float32)) for part in (images, targets, np.ones_like(targets))))


if __name__ == "__main__":
    main()
