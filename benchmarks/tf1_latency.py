"""What each way to run a TensorFlow 1.15 pose graph costs on this CPU: time, ratio to TensorFlow, likeness.

    ZOO_REAL_DATA=... python benchmarks/tf1_latency.py [--threads 1]     (in the TensorFlow 1.15 environment)

With ZOO_REAL_DATA the graph is the real MobileNet-v2 pose graph, its training-mode batch norms averaged over a few
training photographs and folded; else a small random one. All sides take turns call by call in one process; the ratio
is the median of the pairwise ratios, of CPU time with one thread and of wall time with more. "recovered" is the 8-bit
recipe that keeps the real graph's accuracy: what it leaves float is not executed in integers. Decibels are against
folded fp32, and for executed integers against their simulation.
"""

import argparse
import json
import os
import statistics
from pathlib import Path

import numpy as np
from _tf1 import photographs, random_network, real_networks, recovered_outputs

from zoo_common.evaluation.machine import machine
from zoo_common.evaluation.timing import interleaved

GIVEN, FOLDED = "TensorFlow fp32 as given", "TensorFlow fp32 folded"


def main():
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--height", type=int, default=368)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--calibration", type=int, default=4, metavar="IMAGES")
    parser.add_argument("--json", metavar="FILE", help="also write the figures there")
    args = parser.parse_args()
    sides, simulations, batch = prepare(args)
    timings = interleaved(sides, batch, repeats=args.repeats)
    values = {name: next(iter(run(batch).values())) for name, run in sides.items()}
    rows = []
    for name, timing in timings.items():
        row = {"side": name, "cpu_ms": timing.median_cpu_ms, "wall_ms": timing.median_wall_ms}
        for column, base in (("to_given", GIVEN), ("to_folded", FOLDED)):
            row[column] = faster(timings[base], timing, args.threads) if base in timings else None
        row["float_db"] = decibels(values[FOLDED], values[name])
        row["simulation_db"] = decibels(values[simulations[name]], values[name]) if name in simulations else None
        rows.append(row)
    report(rows, batch, args)


def prepare(args):
    """Return what runs on each side, of which simulation each executed side is the execution, and a batch."""
    from zoo_tf1.execute.floats import executed_float
    from zoo_tf1.quantsim.equalise import equalise
    from zoo_tf1.quantsim.runner import Runner
    from zoo_tf1.quantsim.simulation import Simulation

    root = os.environ.get("ZOO_REAL_DATA")
    sides, simulations = {}, {}
    if root:
        batches = list(photographs(root, "train2017", args.height, args.calibration))
        given, folded = real_networks(root, batches)
        sides[GIVEN] = Runner(given, threads=args.threads)
        recipes = {
            "": (folded, {}),
            " recovered": (equalise(folded)[0], {"disabled_outputs": recovered_outputs(folded)}),
        }
        batch = next(photographs(root, "val2017", args.height, 1))
    else:
        folded = random_network()
        width = args.height * 4 // 3 // 8 * 8
        random = np.random.RandomState(0)
        batches = [random.randint(0, 256, (1, args.height, width, 3)).astype(np.float32) for _ in range(2)]
        recipes, batch = {"": (folded, {})}, batches[0]
    recipes[" per channel"] = (folded, {"config": "per_channel"})
    sides[FOLDED] = Runner(folded, threads=args.threads)
    sides["ONNX Runtime fp32"] = executed_float(folded, args.threads)
    for recipe, (network, options) in recipes.items():
        simulation = Simulation(network, threads=args.threads, **options)
        simulation.compute_encodings(batches)
        sides.update(quantized(simulation, recipe, args.threads))
        exact = "simulated W8A8" + recipe
        simulations.update({name: exact for name in sides if name.endswith("W8A8" + recipe) and name != exact})
    return sides, simulations, batch


def quantized(simulation, recipe, threads):
    """Return the sides of one quantized network."""
    from zoo_tf1.execute.integers import integer_model
    from zoo_tf1.execute.runtime import OrtRunner
    from zoo_tf1.quantsim.insert import insert
    from zoo_tf1.quantsim.runner import Runner

    ends = simulation.network, simulation.placement, simulation.quantization
    names = {name + "_quantized:0": name for name in simulation.network.outputs}
    sides = {"simulated W8A8" + recipe: simulation.run}
    if not recipe:
        sides["simulated, one pass, W8A8"] = Runner(insert(*ends, exact=False), threads=threads)
        sides["ONNX Runtime, exact weights, W8A8"] = OrtRunner(integer_model(*ends, centred=False), names, threads)
    sides["ONNX Runtime W8A8" + recipe] = OrtRunner(integer_model(*ends), names, threads)
    return sides


def faster(base, own, threads):
    """Return how many times faster than ``base``: the median of the pairwise ratios."""
    pairs = zip(base.cpu_ms, own.cpu_ms) if threads == 1 else zip(base.wall_ms, own.wall_ms)
    return statistics.median(a / b for a, b in pairs)


def decibels(reference, value):
    """Return the ratio of signal to difference; None where they are equal."""
    error = float(((reference - value) ** 2).sum(dtype=np.float64))
    return 10 * np.log10(float((reference**2).sum(dtype=np.float64)) / error) if error else None


def report(rows, batch, args):
    """Print the table, and write the figures if asked to."""
    from tabulate import tabulate

    about = machine()
    print("{}x{}, {} thread(s), {} calls each".format(*batch.shape[1:3], args.threads, args.repeats), end="; ")
    print("{}, {}".format(about["cpu"], " ".join(about.get("instruction_sets", []))))
    columns = {"cpu_ms": "CPU ms", "wall_ms": "wall ms", "to_given": "x as given", "to_folded": "x folded"}
    columns.update(float_db="dB to fp32", simulation_db="dB to simulation")
    cells = [["-" if row[key] is None else "{:.2f}".format(row[key]) for key in columns] for row in rows]
    table = [[row["side"], *line] for row, line in zip(rows, cells)]
    print(tabulate(table, headers=["", *columns.values()], disable_numparse=True, stralign="right"))
    if args.json:
        Path(args.json).write_text(json.dumps({"machine": about, "rows": rows}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
