"""What the MXNet benchmarks share: threads, the real network, a large one trained on drawn people."""

import tempfile
from pathlib import Path

from zoo_mxnet import threads

NANO = "weights/ultralight_nano_simplepose/Ultralight-Nano-SimplePose"


def use_threads(count):
    """Configure OpenMP before MXNet loads, and say so."""
    print(threads.configure(count, None))


def trained_resnet18(dataset, task, iterations):
    """Train GluonCV's simple_pose_resnet18_v1b on drawn people by the demo's recipe; return it as a float network."""
    from zoo_common.training.people import read_people
    from zoo_common.training.recipe import Recipe
    from zoo_mxnet.networks.exported import load_exported
    from zoo_mxnet.networks.zoo import gluon_network
    from zoo_mxnet.training.save import save_exported
    from zoo_mxnet.training.train import train

    network = gluon_network("simple_pose_resnet18_v1b")
    losses = train(network, read_people(dataset, task), Recipe(iterations=iterations, sigma=1.0), task.input_shape[1:])
    print("trained: loss {:.3f} to {:.3f}".format(sum(losses[:20]) / 20, sum(losses[-20:]) / 20))
    with tempfile.TemporaryDirectory() as folder:
        save_exported(network, folder, "resnet18")
        return load_exported(str(Path(folder) / "resnet18"), input_size=task.input_shape[1:])
