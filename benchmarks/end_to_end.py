"""Does the network wait for data? People a second end to end, against the forward pass alone.

    ZOO_REAL_DATA=... python benchmarks/end_to_end.py       (in the MXNet or the PyTorch environment)

Both sides run in turn over the same people of real photographs: the product's loop (read, crop, forward, decode, write
the run) and the same batches, already in memory, through the network alone. Same threads, several repeats.
"""

import argparse
import importlib.util
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from _real import ratio, real_data

from zoo_common.coco import open_coco
from zoo_common.evaluation import Network, predict
from zoo_common.evaluation.loader import load
from zoo_common.evaluation.stages import Stages
from zoo_common.runs import DatasetRef, Manifest, ModelRef, Software
from zoo_common.tasks import TopDownHeatmap
from zoo_common.tasks.topdown_heatmap import TopDownHeatmapOptions

HAS_MXNET = importlib.util.find_spec("zoo_mxnet") is not None
MXNET = ("nano", "simple_pose_resnet18_v1b", "simple_pose_resnet50_v1b")
TORCH = ("nano", "hrnet_w32:fp32", "hrnet_w32:int8")
NANO_ONNX = "weights/ultralight_nano_simplepose/deploy.onnx"


def main():
    """Print people a second of both sides and their ratio, for each network."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", default=MXNET if HAS_MXNET else TORCH, help="default: %(default)s")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--images", type=int, default=100)
    parser.add_argument("--batch-size", type=int, default=16)
    args = parser.parse_args()
    if HAS_MXNET:
        from _mxnet import use_threads

        use_threads(args.threads)
    root = real_data()
    dataset = open_coco(root / "coco").limit(args.images)
    task = TopDownHeatmap(TopDownHeatmapOptions(flip_test=False))
    samples = task.samples(dataset)
    size = args.batch_size
    units = [(i, samples[i * size : (i + 1) * size]) for i in range(-(-len(samples) // size))]
    batches = [batch.inputs for batch in load(task, dataset, units, Stages())]
    print("{} people of {} photographs, batch {}".format(len(samples), args.images, size))
    for name in args.models:
        network = open_mxnet(name, root) if HAS_MXNET else open_torch(name, args.threads)
        for batch in (batches[0], batches[-1]):
            network(batch)
        whole, forward = [], []
        for _ in range(args.repeats):
            forward.append(len(samples) / timed(forward_only, network, batches))
            whole.append(len(samples) / timed(run, task, network, dataset, size))
        print(
            "{:28s} end to end {:7.2f} people/s   forward only {:7.2f}   ratio {:.3f}".format(
                name, statistics.median(whole), statistics.median(forward), ratio(whole, forward)
            )
        )


def timed(function, *arguments):
    """Return the wall seconds of a call."""
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def forward_only(network, batches):
    """Run the network on batches that are in memory already."""
    for batch in batches:
        network(batch)


def run(task, network, dataset, batch_size):
    """Evaluate into a fresh run directory, as `zoo-mxnet predict` does."""
    folder = Path(tempfile.mkdtemp())
    reference = DatasetRef(
        split=dataset.split, annotation_file="a", fingerprint=dataset.fingerprint, images=len(dataset.images)
    )
    manifest = Manifest(
        model=ModelRef(name="benchmark", weights=[]),
        precision="fp32",
        network={},
        protocol=task.protocol(),
        dataset=reference,
        software=Software(packages={}, python="3"),
        batch_size=batch_size,
    )
    predict(task, network, dataset, manifest, folder / "run", progress=False)
    shutil.rmtree(str(folder))


def open_torch(name, threads):
    """Return HRNet-W32 with random weights, ``hrnet_w32:fp32`` or ``hrnet_w32:int8``, or the small real network."""
    import torch

    from zoo_torch.execute.onnx_model import float_model
    from zoo_torch.execute.ort import OrtNetwork, open_onnx
    from zoo_torch.execute.qdq import qdq_model
    from zoo_torch.networks.hrnet import hrnet_w32
    from zoo_torch.quantize.calibrate import calibrate
    from zoo_torch.quantize.trace import fold

    if name == "nano":
        return Finite(open_onnx(real_data() / NANO_ONNX, (256, 192), threads))
    torch.manual_seed(0)
    graph = fold(hrnet_w32().eval(), (3, 256, 192))
    if name.endswith("fp32"):
        return Finite(OrtNetwork(float_model(graph), threads))
    noise = np.random.default_rng(0).standard_normal((2, 3, 256, 192), dtype=np.float32)
    return Finite(OrtNetwork(qdq_model(graph, calibrate(graph, [noise])), threads))


def open_mxnet(name, root):
    """Return a network: the real one, or one of GluonCV's with random weights (speed does not depend on them)."""
    from _mxnet import NANO

    from zoo_mxnet.network import FloatNetwork
    from zoo_mxnet.networks.exported import load_exported
    from zoo_mxnet.networks.zoo import build

    if name == "nano":
        return FloatNetwork(load_exported(str(root / NANO)))
    return Finite(FloatNetwork(build(name, random_seed=0)))


class Finite(Network):
    """Keeps a random network's heatmaps in the range that a run accepts."""

    def __init__(self, network):
        self._network = network

    def __call__(self, batch):
        return np.nan_to_num(self._network(batch), copy=False)

    def describe(self):
        """Return nothing: these runs are thrown away."""
        return {}


if __name__ == "__main__":
    main()
