"""AIMET's files out and in, and the simulation as a whole."""

import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from tf1_graphs import images, network

from zoo_common.errors import ZooError
from zoo_tf1.quantsim.graph import GraphDef
from zoo_tf1.quantsim.simulation import Simulation


def calibrated(**options):
    simulation = Simulation(network(), **options)
    simulation.compute_encodings([images()])
    return simulation


@pytest.mark.parametrize("version", ["0.5.1", "0.6.1"])
@pytest.mark.parametrize("config", ["default", "per_channel"])
def test_what_is_exported_loads_to_the_same_network(tmp_path, config, version):
    made = calibrated(config=config, scheme="tf")
    paths = made.export(tmp_path / "small", version)
    other = Simulation(network(), config=config)
    other.load_encodings(paths[1], freeze=True)
    np.testing.assert_array_equal(made.run(images())["pool_quantized"], other.run(images())["pool_quantized"])
    frozen = other.compute_encodings([99 * images()])
    for one, two in zip(made.quantization, frozen):
        assert set(one) == set(two)
        for name, encoding in one.items():
            np.testing.assert_array_equal(encoding.minimum, two[name].minimum)
            np.testing.assert_array_equal(encoding.maximum, two[name].maximum)
    for simulation in (made, other):
        simulation.close()


def test_the_files_are_aimets(tmp_path):
    simulation = calibrated(config="per_channel", param_bits=4)
    paths = simulation.export(tmp_path / "new")
    text = Path(paths[1]).read_text()
    document = json.loads(text)
    assert text == json.dumps(document, indent=4, sort_keys=True)
    assert yaml.safe_load(Path(paths[2]).read_text()) == document
    assert document["version"] == "0.6.1"
    assert document["quantizer_args"] == {
        "activation_bitwidth": 8,
        "dtype": "int",
        "is_symmetric": True,
        "param_bitwidth": 4,
        "per_channel_quantization": True,
        "quant_scheme": "post_training_tf_enhanced",
    }
    (entry,) = document["activation_encodings"]["relu1:0"]
    assert set(entry) == {"bitwidth", "dtype", "is_symmetric", "max", "min", "offset", "scale"}
    assert (entry["is_symmetric"], type(entry["offset"])) == ("False", int)
    (entry,) = document["param_encodings"]["dw/weights:0"]
    assert len(entry["scale"]) == len(entry["offset"]) == 4
    assert entry["is_symmetric"] == "True"
    simulation.export(tmp_path / "old", "0.5.1")
    old = json.loads((tmp_path / "old.encodings").read_text())
    assert set(old) == {"activation_encodings", "param_encodings", "version"}
    assert GraphDef.FromString((tmp_path / "old.pb").read_bytes()) == simulation.network.graph


def edited(tmp_path, change):
    simulation = calibrated(scheme="tf")
    simulation.export(tmp_path / "x")
    path = tmp_path / "x.encodings"
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    return path


def rename(document):
    document["activation_encodings"]["relu9:0"] = document["activation_encodings"].pop("relu1:0")


def cut(document):
    entry = document["param_encodings"]["dw/weights:0"][0]
    document["param_encodings"]["dw/weights:0"] = [{**entry, "max": [1.0], "min": [0.0]}]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (rename, "activation_encodings: the network has no quantizer for 'relu9:0'; did you mean 'relu"),
        (cut, "dw/weights:0: max, min, offset and scale must be lists"),
        (lambda d: d.pop("param_encodings"), "param_encodings: an object"),
        (lambda d: d["activation_encodings"]["clip:0"][0].pop("max"), "clip:0: entries.0.max"),
        (lambda d: d.update(version="1.0.0"), "version: '1.0.0'"),
    ],
)
def test_unfit_files_are_refused(tmp_path, change, message):
    with pytest.raises(ZooError, match=message):
        Simulation(network()).load_encodings(edited(tmp_path, change))


def test_offsets_are_rounded_half_to_even(tmp_path):
    def odd(document):
        document["activation_encodings"]["clip:0"][0].update(min=-64.5, max=190.5)

    simulation = Simulation(network())
    simulation.load_encodings(edited(tmp_path, odd))
    simulation.export(tmp_path / "y")
    (entry,) = json.loads((tmp_path / "y.encodings").read_text())["activation_encodings"]["clip:0"]
    assert (entry["scale"], entry["offset"]) == (1.0, -64)


def test_exclusions_and_the_quick_arithmetic():
    exact = calibrated(scheme="tf", exclude=["dw"], disabled_outputs=["concat"])
    assert not {"dw", "concat"} & set(exact.quantization.activations)
    quick = calibrated(scheme="tf", exclude=["dw"], disabled_outputs=["concat"], exact=False)
    one, other = exact.run(images())["pool_quantized"], quick.run(images())["pool_quantized"]
    np.testing.assert_allclose(one, other, atol=float(exact.quantization.activations["pool"].scale) * 1.01)


def test_there_must_be_encodings(tmp_path):
    for act in (lambda s: s.run(images()), lambda s: s.export(tmp_path / "x")):
        with pytest.raises(ZooError, match="no encodings: calibrate, or load"):
            act(Simulation(network()))
