"""AIMET's encoding files, out and in."""

import json
from pathlib import Path

import numpy as np
import pytest
from tiny_networks import images

from zoo_common.errors import ZooError
from zoo_common.quantization.entries import write_entries
from zoo_torch.quantize.calibrate import calibrate
from zoo_torch.quantize.encodings import read_encodings, read_weight_encodings, write_encodings
from zoo_torch.quantize.placement import SEMANTICS


def assert_equal(one, other):
    assert (one.bits, one.symmetric) == (other.bits, other.symmetric)
    for left, right in zip(one[:4], other[:4]):
        assert left.dtype == right.dtype
        np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize("semantics", SEMANTICS)
@pytest.mark.parametrize("form", [0, 1])
def test_what_is_written_comes_back_bit_for_bit(tmp_path, graph, semantics, form):
    made = calibrate(graph, [images()], param_bits=4, semantics=semantics)
    paths = write_encodings(tmp_path / "tiny", graph, made)
    read = read_encodings(paths[form], graph)
    assert read.activations == made.activations
    assert read.semantics == semantics
    for one, other in ((made.outputs, read.outputs), (made.parameters, read.parameters)):
        assert set(one) == set(other)
        for name in one:
            assert_equal(one[name], other[name])


def test_the_files_are_aimets(tmp_path, graph, quantization):
    tensors, modules = (
        json.loads(Path(path).read_text()) for path in write_encodings(tmp_path / "x", graph, quantization)
    )
    assert tensors["version"] == "0.6.1"
    assert tensors["excluded_layers"] == []
    assert tensors["quantizer_args"] == {
        "activation_bitwidth": 8,
        "dtype": "int",
        "is_symmetric": True,
        "param_bitwidth": 8,
        "per_channel_quantization": True,
        "quant_scheme": "post_training_tf",
    }
    (entry,) = tensors["activation_encodings"]["relu#2"]
    assert set(entry) == {"bitwidth", "dtype", "is_symmetric", "max", "min", "offset", "scale"}
    assert entry["is_symmetric"] == "False"
    assert tensors["activation_encodings"]["relu"] == tensors["activation_encodings"]["relu#2"]
    assert modules["activation_encodings"]["relu"] == {"output": {"0": entry}}
    assert set(modules["activation_encodings"]["conv1"]) == {"input"}
    assert len(tensors["param_encodings"]["conv1.weight"]) == 8


@pytest.fixture
def flat(graph, quantization):
    return {path + ".weight": write_entries(encoding) for path, encoding in quantization.parameters.items()}


def written(tmp_path, document):
    path = tmp_path / "weights.encodings"
    path.write_text(json.dumps(document))
    return path


def test_flat_weight_files_load_and_freeze(tmp_path, graph, quantization, flat):
    del flat["conv2.weight"]
    flat["head.weight"] = flat["conv1.weight"]
    for entry in flat["conv1.weight"]:
        entry["max"], entry["scale"] = entry["max"] * 2, entry["scale"] * 2
        entry["min"] *= 2
    weights = read_weight_encodings(written(tmp_path, flat), graph, bits=8)
    assert (weights.unknown, weights.missing) == (("head.weight",), ("conv2.weight",))
    assert weights.widths == {8: len(graph.weights) - 1}
    frozen = calibrate(graph, [images()], param_bits=8, frozen_parameters=weights.parameters)
    np.testing.assert_array_equal(frozen.parameters["conv1"].scale, quantization.parameters["conv1"].scale * 2)
    assert_equal(frozen.parameters["conv2"], quantization.parameters["conv2"])


def test_one_entry_holds_for_all_channels(tmp_path, graph, flat):
    read = read_weight_encodings(written(tmp_path, {"conv1.weight": flat["conv1.weight"][:1]}), graph)
    assert read.parameters["conv1"].scale.shape == (8,)


def change(field, value):
    def apply(document):
        document["conv1.weight"][2][field] = value

    return apply


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (
            change("is_symmetric", "__import__('os')"),
            "conv1.weight: entries.2.is_symmetric: .*neither 'True' nor 'False'",
        ),
        (change("scale", "wide"), "conv1.weight: entries.2.scale: .*got 'wide'"),
        (change("scale", 0), "entries.2.scale: .*greater than 0"),
        (change("bitwidth", 3), "entries.2.bitwidth: .*greater than or equal to 4.*got 3"),
        (change("bitwidth", 4), "conv1.weight: bitwidth 4 and 8 in one tensor"),
        (change("dtype", "float"), "entries.2.dtype: .*only integer encodings"),
        (change("max", -1.0), "must contain 0"),
        (lambda document: document["conv1.weight"][0].pop("offset"), "entries.0.offset: Field required"),
        (lambda document: document["conv1.weight"].pop(), "7 encodings where the weight has 8 channels"),
        (lambda document: document.update({"conv1.weight": {}}), "a list of encodings is needed"),
    ],
)
def test_bad_fields_are_named(tmp_path, graph, flat, spoil, message):
    spoil(flat)
    path = written(tmp_path, flat)
    with pytest.raises(ZooError, match="(?s)weights.encodings: .*" + message) as error:
        read_weight_encodings(path, graph)
    assert "\n" not in str(error.value)


def test_another_width_and_another_network_are_errors(tmp_path, graph, flat):
    path = written(tmp_path, flat)
    with pytest.raises(ZooError, match="its weights have 8 bits, 4 were asked for"):
        read_weight_encodings(path, graph, bits=4)
    path = written(tmp_path, {"head.{}.weight".format(number): flat["conv1.weight"] for number in range(9)})
    with pytest.raises(
        ZooError, match=r"encodings of another network: it has no weights head\.0\.weight, head\.1.*, \.\.\."
    ):
        read_weight_encodings(path, graph)


def test_a_whole_quantization_must_fit(tmp_path, graph, quantization):
    path, _ = write_encodings(tmp_path / "x", graph, quantization)
    document = json.loads(Path(path).read_text())
    entry = document["activation_encodings"].pop("final_layer")
    (tmp_path / "less").write_text(json.dumps(document))
    with pytest.raises(ZooError, match=r"activation_encodings: .* e\.g\. final_layer"):
        read_encodings(tmp_path / "less", graph)
    document["activation_encodings"]["head"] = entry
    (tmp_path / "other").write_text(json.dumps(document))
    with pytest.raises(ZooError, match="another network: it has no tensors head"):
        read_encodings(tmp_path / "other", graph)
    (tmp_path / "list").write_text("[]")
    with pytest.raises(ZooError, match="list: not an encodings file"):
        read_encodings(tmp_path / "list", graph)
