"""What each way to run an HRNet costs on this CPU: latency, ratio to eager PyTorch, peak memory, fidelity.

    python benchmarks/torch_latency.py [--width 32] [--batch-size 1] [--threads 1]     (in the PyTorch environment)

All sides take turns call by call in one process; the ratio is the median of the pairwise ratios to eager fp32, of CPU
time with one thread and of wall time with more. Peak memory is the resident size of a process of its own that opens
the side from a file and runs two batches. Weights are random with batch norms adapted to the input, so the decibels
(against eager fp32, and for executed integers against their simulation) compare sides; they say nothing of accuracy.
"""

import argparse
import gc
import json
import os
import pickle
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

BITS = (8, 7, 4)
EAGER = "eager fp32"
RUNTIMES = ("ONNX Runtime", "OpenVINO")
SIDES = [EAGER, "eager bf16", *("simulation W{}A8".format(bits) for bits in BITS)]
SIDES += [
    "{} {}".format(runtime, kind) for runtime in RUNTIMES for kind in ("fp32", *("W{}A8".format(bits) for bits in BITS))
]
SIDES += ["OpenVINO bf16"]


def main():
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--input-size", type=int, nargs=2, default=(256, 192), metavar=("H", "W"))
    parser.add_argument("--batch-size", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=8)
    parser.add_argument("--sides", nargs="+", default=SIDES, choices=SIDES, metavar="SIDE", help="; ".join(SIDES))
    parser.add_argument("--no-memory", action="store_true", help="do not start a process for each side")
    parser.add_argument("--json", metavar="FILE", help="also write the figures there")
    parser.add_argument("--peak-of", nargs=2, metavar=("SIDE", "FOLDER"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", str(args.threads))
    if args.peak_of:
        print(peak_megabytes(args.peak_of[0], Path(args.peak_of[1]), args))
        return
    args.sides = [EAGER, *(side for side in args.sides if side != EAGER)]
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder), args)
        rows = measure(Path(folder), args)
    report(rows, args)


def prepare(folder, args):
    """Write what the sides are opened from: module, quantizations, ONNX files and the batch."""
    import torch
    from torch import nn

    from zoo_torch.execute.integers import narrow_weights
    from zoo_torch.execute.onnx_model import float_model, write_model
    from zoo_torch.execute.qdq import qdq_model
    from zoo_torch.networks.hrnet import HRNet, HRNetConfig
    from zoo_torch.quantize.calibrate import calibrate
    from zoo_torch.quantize.trace import fold

    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    module = HRNet(HRNetConfig(width=args.width))
    for part in module.modules():
        if isinstance(part, nn.Conv2d):
            nn.init.kaiming_normal_(part.weight, mode="fan_out")
        if isinstance(part, nn.BatchNorm2d):
            nn.init.uniform_(part.weight, 0.2, 0.6)
            nn.init.normal_(part.bias, std=0.2)
            part.momentum = None
    batch = np.random.default_rng(0).normal(size=(max(args.batch_size, 2), 3, *args.input_size)).astype(np.float32)
    with torch.no_grad():
        module.train()(torch.from_numpy(batch[:4]))
    graph = fold(module.eval(), (3, *args.input_size))
    write_model(float_model(graph), folder / "fp32.onnx")
    quantizations = {bits: calibrate(graph, [batch[:4]], param_bits=bits) for bits in (8, 4)}
    quantizations[7] = narrow_weights(graph, quantizations[8])
    for bits, quantization in quantizations.items():
        for upsampling in ("expand", "resize"):
            write_model(qdq_model(graph, quantization, upsampling), folder / "w{}_{}.onnx".format(bits, upsampling))
        (folder / "w{}.pickle".format(bits)).write_bytes(pickle.dumps((graph, quantization)))
    torch.save(module, folder / "module.pt")
    np.save(folder / "batch.npy", batch[: args.batch_size])


def open_side(side, folder, args):
    """Return a callable from a batch to heatmaps."""
    where, kind = side.rsplit(" ", 1)
    bits = kind[1] if kind.startswith("W") else None
    if where in ("eager", "simulation"):
        import torch

        torch.set_num_threads(args.threads)
    if where == "eager":
        from zoo_torch.execute.eager import EagerNetwork

        return EagerNetwork(torch.load(folder / "module.pt", weights_only=False), kind)
    if where == "simulation":
        from zoo_torch.quantize.simulator import Simulator

        return Simulator(*pickle.loads((folder / "w{}.pickle".format(bits)).read_bytes()))
    if where == "ONNX Runtime":
        from zoo_torch.execute.ort import OrtNetwork

        return OrtNetwork(folder / ("w{}_expand.onnx".format(bits) if bits else "fp32.onnx"), args.threads)
    from zoo_torch.execute.openvino import OpenVinoNetwork

    path = folder / ("w{}_resize.onnx".format(bits) if bits else "fp32.onnx")
    return OpenVinoNetwork(path, args.threads, "bf16" if kind == "bf16" else "fp32")


def measure(folder, args):
    """Return one row for each side."""
    from zoo_common.errors import ZooError
    from zoo_common.evaluation.timing import interleaved

    batch = np.load(folder / "batch.npy")
    networks, rows = {}, {}
    for side in args.sides:
        rows[side] = {"side": side}
        try:
            networks[side] = open_side(side, folder, args)
        except ZooError as error:
            rows[side]["refused"] = str(error)
    timings = interleaved(networks, batch, repeats=args.repeats, warm_up=2)
    clock = "cpu_ms" if args.threads == 1 else "wall_ms"
    base = getattr(timings[EAGER], clock)
    heatmaps = {side: network(batch) for side, network in networks.items()}
    for side, timing in timings.items():
        own = getattr(timing, clock)
        simulation = heatmaps.get("simulation " + side.rsplit(" ", 1)[1])
        executed = simulation is not None and not side.startswith("simulation")
        rows[side].update(
            ms=statistics.median(own),
            faster=statistics.median(a / b for a, b in zip(base, own)),
            float_db=decibels(heatmaps[EAGER], heatmaps[side]),
            simulation_db=decibels(simulation, heatmaps[side]) if executed else None,
        )
    networks.clear()
    gc.collect()
    for side in [] if args.no_memory else timings:
        rows[side]["peak_mb"] = peak_in_process(side, folder, args)
    return list(rows.values())


def decibels(reference, value):
    """Return the ratio of signal to difference; None where they are equal."""
    error = float(((reference - value) ** 2).sum(dtype=np.float64))
    return 10 * np.log10(float((reference**2).sum(dtype=np.float64)) / error) if error else None


def peak_in_process(side, folder, args):
    """Return the peak resident size of a fresh process that runs a side, in MB."""
    command = [sys.executable, __file__, "--peak-of", side, str(folder), "--threads", str(args.threads)]
    return float(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def peak_megabytes(side, folder, args):
    """Open a side, run it twice, return this process's peak resident size in MB.

    From /proc where there is one: `getrusage` would begin with the size of the parent process.
    """
    network = open_side(side, folder, args)
    batch = np.load(folder / "batch.npy")
    for _ in range(2):
        network(batch)
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="ascii", errors="replace").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def report(rows, args):
    """Print the table, and write the figures if asked to."""
    from tabulate import tabulate

    from zoo_common.evaluation.machine import machine
    from zoo_torch.execute import eager, openvino

    about = machine()
    about["bf16 instructions"] = {"PyTorch": eager.native_bf16(), "OpenVINO": openvino.native_bf16()}
    clock = "CPU" if args.threads == 1 else "wall"
    print("HRNet-W{}, {}x{}, batch {}".format(args.width, *args.input_size, args.batch_size), end="; ")
    print("{} thread(s), medians of {} calls, {} time".format(args.threads, args.repeats, clock))
    print("{}, {}".format(about["cpu"], " ".join(about.get("instruction_sets", []))))
    if not all(about["bf16 instructions"].values()):
        print("bf16 is emulated on this CPU: it has no instructions for it")
    columns = {"ms": "ms", "faster": "x eager", "peak_mb": "peak MB", "float_db": "dB to fp32"}
    columns["simulation_db"] = "dB to simulation"
    table = [[row["side"]] + [cell(row.get(name)) for name in columns] for row in rows]
    print(tabulate(table, headers=["", *columns.values()], disable_numparse=True, stralign="right"))
    for row in rows:
        if "refused" in row:
            print("{}: {}".format(row["side"], row["refused"].split(": ", 1)[1]))
    if args.json:
        Path(args.json).write_text(json.dumps({"machine": about, "rows": rows}, indent=2) + "\n", encoding="utf-8")


def cell(value):
    """Return a number of a table; absent is absent."""
    return "-" if value is None else "{:.{}f}".format(value, 2 if value < 10 else 1 if value < 1000 else 0)


if __name__ == "__main__":
    main()
