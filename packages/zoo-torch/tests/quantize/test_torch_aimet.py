"""Our encodings and placement against AIMET's own, where the two mean the same."""

import numpy as np
import pytest
from tiny_networks import SHAPE, images, lively, tiny_hrnet
from torch import nn

from zoo_common.errors import ZooError
from zoo_common.heatmaps.fidelity import sqnr_db
from zoo_torch.quantize.aimet import AimetSimulation, load
from zoo_torch.quantize.calibrate import calibrate, weight_encoding
from zoo_torch.quantize.placement import output_quantizers
from zoo_torch.quantize.simulator import Simulator
from zoo_torch.quantize.trace import fold


class Fusion(nn.Module):
    """A residual block with one ReLU for both, and a coarse branch added to it twice."""

    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4)
        self.conv2, self.bn2 = nn.Conv2d(4, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4)
        self.down, self.up = nn.Conv2d(4, 4, 3, stride=2, padding=1), nn.Upsample(scale_factor=2, mode="nearest")
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.relu(self.bn2(self.conv2(x)) + x)
        y = self.up(self.down(x))
        return y + x


@pytest.fixture(scope="module")
def aimet():
    try:
        return load()
    except ZooError as error:
        pytest.skip(str(error))


def our_name(theirs):
    """``layer1.0.module_relu_1`` is our ``layer1.0.relu#2``, ``layer1.0.module_add_3`` our ``add#4``."""
    for op, prefix in (("relu", True), ("add", False)):
        path, found, number = theirs.rpartition("module_" + op)
        if found:
            number = int(number.strip("_") or 0) + 1
            return "{}{}{}".format(path if prefix else "", op, "#{}".format(number) if number > 1 else "")
    return theirs


@pytest.mark.parametrize(
    ("model", "param_bits", "semantics"),
    [(tiny_hrnet(), 4, "aimet-2.42"), (lively(Fusion()), 8, "prepared"), (lively(Fusion()), 4, "prepared")],
)
def test_encodings_are_aimets(aimet, model, param_bits, semantics):
    batches = [images(1, seed=1), images(2, seed=2)]
    theirs = AimetSimulation(model, batches, SHAPE, param_bits, 8, prepared=semantics == "prepared")
    graph = fold(model, SHAPE)
    ours = calibrate(graph, batches, param_bits=param_bits, semantics=semantics)
    outputs = {our_name(name): encoding for name, encoding in theirs.output_encodings().items()}
    assert set(outputs) == set(output_quantizers(ours.activations))
    assert list(theirs.input_encodings()) == ["conv1"]
    outputs["input"] = theirs.input_encodings()["conv1"]
    weights = theirs.weight_encodings()
    assert set(weights) == set(ours.parameters)

    for name, encoding in weights.items():
        # "prepared" keeps the zoo's weight scale, absmax / P; AIMET 2 has max(high / P, -low / (P + 1))
        tightest = weight_encoding(graph.weights[name], param_bits, semantics="aimet-2.42")
        np.testing.assert_allclose(encoding.scale.detach().numpy().ravel(), tightest.scale, rtol=1e-5)
        looser = ours.parameters[name].scale / tightest.scale
        assert (looser > 1 - 1e-5).all()
        assert (looser < 1 + 1.01 / (2 ** (param_bits - 1) - 1)).all()
    if semantics == "aimet-2.42":
        for name, encoding in outputs.items():
            assert float(encoding.scale) == pytest.approx(float(ours.outputs[name].scale), rel=1e-3), name
            assert abs(float(encoding.offset) - float(ours.outputs[name].offset)) <= 1, name
        batch = images(2, seed=3)
        truth, mine, its = Simulator(graph)(batch), Simulator(graph, ours)(batch), theirs(batch)
        assert sqnr_db(truth, mine) == pytest.approx(sqnr_db(truth, its), abs=1.5)
