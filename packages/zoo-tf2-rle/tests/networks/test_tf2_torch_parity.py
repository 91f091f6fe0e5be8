"""The official PyTorch network in TensorFlow: PyTorch's answers (``vectors/rle.json``) on the same drawn weights."""

import json
from pathlib import Path

import numpy as np
import pytest
from rle_drawn import draw, draw_images, draw_points, draw_targets
from torch_forge import write_state

from zoo_common.errors import ZooError
from zoo_tf2_rle.likelihood.flow import RealNVP
from zoo_tf2_rle.likelihood.loss import rle_loss
from zoo_tf2_rle.networks.checkpoint import fill_flow, fill_network, load_flow, load_network
from zoo_tf2_rle.networks.regression import build
from zoo_tf2_rle.networks.torch_names import in_keras

VECTORS = json.loads((Path(__file__).parent / "vectors" / "rle.json").read_text())
TOLERANCE = 1e-4
NORMS = {"gamma": "weight", "beta": "bias", "moving_mean": "running_mean", "moving_variance": "running_var"}
LINEAR = {"kernel": "weight", "bias": "bias"}


@pytest.fixture(scope="module")
def state():
    """The official state dict, drawn."""
    shapes = VECTORS["state"].items()
    return {name: np.array(7) if name.endswith("tracked") else draw(name, shape) for name, shape in shapes}


@pytest.fixture(scope="module")
def found(state):
    """What our network, flow and loss answer."""
    network, flow = build("resnet50_v1_5", (256, 192)), RealNVP()
    named = in_keras(state)
    fill_network(network, named, "drawn")
    fill_flow(flow, named, "drawn")
    coordinates, sigmas = network(draw_images().transpose(0, 2, 3, 1), training=False)
    loss = rle_loss(coordinates, sigmas, *draw_targets(), flow)
    return {"coordinates": coordinates, "sigmas": sigmas, "log_phi": flow(draw_points()), "loss": loss}


@pytest.mark.parametrize("name", ["coordinates", "sigmas", "log_phi", "loss"])
def test_the_answers_are_pytorchs(name, found):
    assert tuple(found[name].shape) == np.shape(VECTORS[name])
    np.testing.assert_allclose(found[name], VECTORS[name], rtol=0, atol=TOLERANCE)


def official(network, flow):
    """Return the weights under the names and in the layouts of the official state dict."""
    state = {"flow.mask": flow.masks}
    for prefix, part in (("preact.{}", network), ("flow.{0[0]}.{0[1]}{0[2]}{0[3]}", flow)):
        for variable in part.weights:
            layer, kind = variable.name.split(":")[0].split("/")
            layer = layer + ".linear" if layer.startswith("fc_") else prefix.format(layer)
            axes = {2: (1, 0), 4: (3, 2, 0, 1)}.get(variable.shape.rank, (0,))
            norm = layer.startswith("preact") and kind != "kernel"
            state["{}.{}".format(layer, (NORMS if norm else LINEAR)[kind])] = variable.numpy().transpose(axes)
            if norm:
                state[layer + ".num_batches_tracked"] = np.array(3)
    return state


@pytest.fixture
def light(make_light):
    """A light network, a flow, and both as an official state dict."""
    network, flow = make_light(1), RealNVP()
    return network, flow, official(network, flow)


def test_a_file_fills_network_and_flow(light, crops, tmp_path):
    network, flow, state = light
    path = write_state(tmp_path / "light.pth", state)
    fresh, other = build("light_residual", (64, 48)), RealNVP()
    load_network(fresh, path)
    load_flow(other, path)
    for one, two in zip([*fresh(crops), other(draw_points())], [*network(crops), flow(draw_points())]):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.pop("preact.stem.weight"), r"weights of light_residual: 1 missing: stem/kernel$"),
        (lambda s: s.pop("preact.stem.bn.running_mean"), r"1 missing: stem\.bn/moving_mean$"),
        (lambda s: s.update({"fc.weight": np.zeros((3, 2))}), r"1 unexpected: fc\.weight$"),
        (
            lambda s: s.update({"preact.stem.weight": np.zeros((32, 3, 5, 3), np.float32)}),
            r"1 of another shape: stem/kernel \[5, 3, 3, 32\] where the network has \[3, 3, 3, 32\]$",
        ),
        (
            lambda s: s.update({"fc_sigma.linear.bias": np.full(34, np.nan, np.float32)}),
            r"'fc_sigma/bias' holds values that are not finite$",
        ),
    ],
)
def test_other_networks_are_told(change, message, light, tmp_path):
    change(light[2])
    state = {name: np.asarray(value, np.float32) for name, value in light[2].items()}
    with pytest.raises(ZooError, match=r"light\.pth: .*" + message):
        load_network(build("light_residual", (64, 48)), write_state(tmp_path / "light.pth", state))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.pop("flow.t.5.2.bias"), r"1 missing: t5\.2/bias$"),
        (lambda s: s.update({"flow.mask": 1 - s["flow.mask"]}), r"'flow\.mask' is \[\[1\.0, 0\.0\], "),
        (lambda s: [s.pop(name) for name in list(s) if name.startswith("flow")], r"holds no flow$"),
    ],
)
def test_other_flows_are_told(change, message, light):
    change(light[2])
    with pytest.raises(ZooError, match=message):
        fill_flow(RealNVP(), in_keras(light[2]), "w.pth")
