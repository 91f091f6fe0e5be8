"""What each way to run an RLE network costs on this CPU: Keras, and TFLite at each precision, with and without XNNPACK.

    python benchmarks/rle_tflite.py [MODEL ...] [--threads 1]     (in the TensorFlow 2.11 environment)

All sides take turns call by call in one process, one crop a call; the ratios are medians of the pairwise ratios, of CPU
time with one thread and of wall time with more. Keras is the float network as `evaluate` runs it: frozen, in TensorFlow
with oneDNN. Weights are random with batch norms adapted to the input, so the decibels (coordinates and sigmas, against
Keras) compare sides; they say nothing of accuracy.
"""

import argparse
import json
import statistics
from pathlib import Path

from zoo_common.cards import Registry
from zoo_common.evaluation.machine import machine
from zoo_common.evaluation.timing import interleaved
from zoo_common.heatmaps.fidelity import sqnr_db

MODELS = ["rle_mobilenet_v2", "rle_resnet50", "rle_efficientnet_b0", "rle_light"]
KERAS, BASE = "Keras fp32", "TFLite fp32 xnnpack"
CROPS = 4


def main():
    """Print one table a model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=MODELS, metavar="MODEL")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--json", metavar="FILE", help="also write the figures there")
    args = parser.parse_args()
    from zoo_tf2_rle.tensorflow2 import tf

    tf.config.threading.set_intra_op_parallelism_threads(args.threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    about = machine()
    print("{}, {}".format(about["cpu"], " ".join(about.get("instruction_sets", []))))
    rows = [row for name in args.models for row in report(name, args)]
    if args.json:
        Path(args.json).write_text(json.dumps({"machine": about, "rows": rows}, indent=2) + "\n", encoding="utf-8")


def report(name, args):
    """Measure one model, print its table, return its rows."""
    from tabulate import tabulate

    sides, batch = prepare(Registry("zoo_tf2_rle").get(name), args.threads)
    exact = sides[KERAS](batch)
    timings = interleaved(sides, batch[:1], repeats=args.repeats)
    clock = "cpu_ms" if args.threads == 1 else "wall_ms"
    rows = []
    for side, timing in timings.items():
        own, found = getattr(timing, clock), sides[side](batch)
        row = {"model": name, "side": side, "ms": statistics.median(own)}
        for column, base in (("to_keras", KERAS), ("to_fp32", BASE)):
            row[column] = statistics.median(a / b for a, b in zip(getattr(timings[base], clock), own))
        row["decibels"] = [None if side == KERAS else sqnr_db(one, other) for one, other in zip(exact, found)]
        rows.append(row)
    print("\n{}, {}x{}, {} thread(s), {} calls of each".format(name, *batch.shape[2:], args.threads, args.repeats))
    cells = [
        [row["side"]]
        + ["{:.2f}".format(row[key]) for key in ("ms", "to_keras", "to_fp32")]
        + ["-" if value is None else "{:.1f}".format(value) for value in row["decibels"]]
        for row in rows
    ]
    clock = "CPU" if args.threads == 1 else "wall"
    headers = ["", clock + " ms", "x Keras", "x TFLite fp32", "coordinates dB", "sigmas dB"]
    print(tabulate(cells, headers=headers, disable_numparse=True), flush=True)
    return rows


def prepare(card, threads):
    """Return what runs on each side, and crops float32 [N, 3, H, W] that lie in memory as [N, H, W, 3]."""
    from zoo_common.tasks import task_from_protocol
    from zoo_tf2_rle.execute.frozen import freeze
    from zoo_tf2_rle.execute.pixels import Pixels
    from zoo_tf2_rle.execute.tflite_convert import convert
    from zoo_tf2_rle.execute.tflite_run import TfliteRunner
    from zoo_tf2_rle.networks.regression import build
    from zoo_tf2_rle.options import DELEGATES
    from zoo_tf2_rle.tensorflow2 import tf

    tf.keras.backend.clear_session()
    tf.keras.utils.set_random_seed(0)
    task = task_from_protocol(card.protocol(), card.name)
    size = task.input_shape[1:]
    network = build(size=size, **card.network.options)
    coarse = tf.random.stateless_uniform((CROPS, size[0] // 8, size[1] // 8, 3), (0, 1), -2, 2)
    crops = tf.image.resize(coarse, size)
    for layer in network.layers:
        if isinstance(layer, tf.keras.layers.BatchNormalization):
            layer.momentum = 0.0
    network(crops, training=True)
    batch = crops.numpy().transpose(0, 3, 1, 2)
    frozen = freeze(network, size)
    sides = {KERAS: lambda batch: [part.numpy() for part in frozen(tf.constant(batch.transpose(0, 2, 3, 1)))]}
    for precision, recipe in card.precisions.items():
        content = convert(network, recipe, lambda _: [batch])
        for delegate in DELEGATES:
            runner = TfliteRunner(content, size, Pixels.of(task.options), threads, delegate)
            sides["TFLite {} {}".format(precision, delegate)] = runner
    return sides, batch


if __name__ == "__main__":
    main()
