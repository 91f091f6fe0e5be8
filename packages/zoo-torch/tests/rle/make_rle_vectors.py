"""Ask PyTorch, and write what it answers where the tests of zoo-tf2-rle look for it.

    .tox/torch/bin/python packages/zoo-torch/tests/rle/make_rle_vectors.py

``rle.json``: names and shapes of the official state dict; coordinates, sigmas, log densities and loss of the network
with drawn weights, in double precision. ``tiny.pth`` and ``tiny-legacy.pth``: a training checkpoint of a few tensors of
every kind, in both of PyTorch's formats.
"""

import collections
import json
from pathlib import Path

import torch
from rle_recipe import draw, draw_images, draw_points, draw_targets
from rle_twin import Regression

VECTORS = Path(__file__).parents[3] / "zoo-tf2-rle" / "tests" / "networks" / "vectors"
FORMATS = {"tiny.pth": {}, "tiny-legacy.pth": {"_use_new_zipfile_serialization": False}}
DIGITS = 10


def drawn_network():
    """Return the network with drawn weights, in evaluation mode."""
    network = Regression()
    for name, value in network.state_dict().items():
        if not name.endswith("num_batches_tracked"):
            value.copy_(torch.from_numpy(draw(name, tuple(value.shape))))
    return network.eval()


def answers(network):
    """Return coordinates, sigmas, log densities and loss by name."""
    dtype = network.fc_coord.linear.weight.dtype
    arrays = (draw_images(), draw_points(), *draw_targets())
    images, points, *targets = (torch.from_numpy(array).to(dtype) for array in arrays)
    with torch.no_grad():
        coordinates, sigmas = network(images)
        loss = network.loss(coordinates, sigmas, *targets)
        return {"coordinates": coordinates, "sigmas": sigmas, "log_phi": network.flow(points), "loss": loss}


def vectors(network):
    """Return what ``rle.json`` holds of the drawn network, which becomes one of double precision."""
    state = {name: list(value.shape) for name, value in network.state_dict().items()}
    found = {name: value.tolist() for name, value in answers(network.double()).items()}
    return json.loads(json.dumps(dict(found, state=state)), parse_float=lambda text: round(float(text), DIGITS))


def tiny_state():
    """Return tensors of every kind that a reader has to know."""
    row = torch.arange(24, dtype=torch.float32) / 8
    state = collections.OrderedDict(
        contiguous=torch.arange(6, dtype=torch.float32).reshape(2, 3) / 2,
        transposed=row.reshape(4, 6).t(),
        shared=row[5:17].reshape(3, 4)[:, ::2],
        parameter=torch.nn.Parameter(torch.tensor([0.5, -2.0])),
        half=torch.tensor([1.0, -0.5, 65504.0], dtype=torch.float16),
        bfloat16=torch.tensor([1.0, -3.0, 2.0**100], dtype=torch.bfloat16),
        double=torch.tensor([[1 / 3]], dtype=torch.float64),
        counter=torch.tensor(2**40 + 1),
        bytes=torch.tensor([0, 255], dtype=torch.uint8),
        flags=torch.tensor([True, False]),
        empty=torch.zeros(0, 3),
    )
    state._metadata = collections.OrderedDict({"": {"version": 1}})
    return state


def tiny_checkpoint():
    """Return the tensors as data-parallel training saves them, beside an optimiser's."""
    plain = tiny_state()
    state = collections.OrderedDict(("module." + name, value) for name, value in plain.items())
    state._metadata = plain._metadata
    moments = {0: {"step": torch.tensor(5.0), "exp_avg": torch.ones(7)}}
    groups = [{"lr": 1e-3, "betas": (0.9, 0.999), "amsgrad": False, "foreach": None, "params": [0, 1]}]
    return {"epoch": 300, "state_dict": state, "optimizer": {"state": moments, "param_groups": groups}}


def main():
    """Write the files."""
    VECTORS.mkdir(exist_ok=True)
    (VECTORS / "rle.json").write_text(json.dumps(vectors(drawn_network()), separators=(",", ":")) + "\n")
    for name, options in FORMATS.items():
        torch.save(tiny_checkpoint(), VECTORS / name, **options)


if __name__ == "__main__":
    main()
