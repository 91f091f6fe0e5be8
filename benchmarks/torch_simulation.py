"""What simulating quantization costs: our simulator and AIMET's against eager fp32, by batch size.

    python benchmarks/torch_simulation.py       (in the PyTorch environment)

HRNet of random weights at 256x192: time does not depend on them. All sides run in turn in every repeat, and ratios are
taken within a repeat, so that a busy machine slows all alike. Beside them the float network folded and in channels-last
order, on which our simulator stands, and how much noisier our fast arithmetic is than the plain one: not at all.
"""

import argparse
import statistics
import time

import numpy as np
import torch
from tabulate import tabulate
from torch import nn

from zoo_common.errors import ZooError
from zoo_common.heatmaps.fidelity import sqnr_db
from zoo_torch.networks.hrnet import HRNet, HRNetConfig
from zoo_torch.quantize.aimet import AimetSimulation
from zoo_torch.quantize.calibrate import calibrate
from zoo_torch.quantize.simulator import Simulator, simulate_plainly
from zoo_torch.quantize.trace import fold

SHAPE = (3, 256, 192)


def network(width):
    """Return an HRNet whose activations neither vanish nor explode."""
    torch.manual_seed(0)
    model = HRNet(HRNetConfig(width=width))
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)
        if isinstance(module, nn.BatchNorm2d):
            nn.init.constant_(module.weight, 0.5)
    return model.eval()


def sides(model, aimet):
    """Return the runners by name; AIMET's twice, as the network stands and prepared."""
    graph, batches = fold(model, SHAPE), [crops(2)]
    quantization = calibrate(graph, batches)
    run = {
        "eager fp32": lambda batch: model(torch.from_numpy(batch)).numpy(),
        "folded fp32, channels last": Simulator(graph),
        "ours, 324": Simulator(graph, quantization),
    }
    plain = simulate_plainly(graph, quantization, batches[0])
    equal = np.array_equal(plain, run["ours, 324"](batches[0]))
    noise = sqnr_db(run["folded fp32, channels last"](batches[0]), plain)
    print("fast and plain simulation equal bit for bit: {}; {:.1f} dB to fp32".format(equal, noise))
    if aimet != "none":
        try:
            run["AIMET, 208"] = AimetSimulation(model, batches, SHAPE)
            if aimet == "both":
                run["AIMET prepared, 482"] = AimetSimulation(model, batches, SHAPE, prepared=True)
        except ZooError as error:
            print("without AIMET: {}".format(error))
    return run


def crops(count):
    """Return float32 [count, 3, 256, 192]."""
    return np.random.RandomState(count).randn(count, *SHAPE).astype(np.float32)


def measure(run, count, repeats, clock):
    """Return milliseconds a sample and ratio to eager fp32, medians, by side."""
    batch, spent = crops(count), {name: [] for name in run}
    for number in range(repeats + 1):
        for name, call in run.items():
            start = clock()
            call(batch)
            if number:
                spent[name].append(clock() - start)
    eager = spent["eager fp32"]
    return {
        name: (
            1e3 * statistics.median(times) / count,
            statistics.median(mine / base for mine, base in zip(times, eager)),
        )
        for name, times in spent.items()
    }


def main():
    """Print one row a side."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--repeats", type=int, default=3, help="of the largest batch; smaller ones run more often")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--clock", choices=("wall", "cpu"), default="wall", help="cpu: with one thread, on a busy machine"
    )
    parser.add_argument("--aimet", choices=("both", "raw", "none"), default="raw", help="AIMET takes minutes to set up")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    clock = time.process_time if args.clock == "cpu" else time.perf_counter
    run = sides(network(args.width), args.aimet)
    with torch.inference_mode():
        found = {}
        for count in args.batches:
            repeats = args.repeats * min(5, max(1, max(args.batches) // count))
            found[count] = measure(run, count, repeats, clock)
    header = ["W{}, {} threads, {} time".format(args.width, args.threads, args.clock)]
    header += ["batch {}: ms a sample".format(count) + "\nx eager" for count in args.batches]
    rows = [[name] + ["{:.1f}\n{:.2f}".format(*found[count][name]) for count in args.batches] for name in run]
    print(tabulate(rows, headers=header, disable_numparse=True))


if __name__ == "__main__":
    main()
