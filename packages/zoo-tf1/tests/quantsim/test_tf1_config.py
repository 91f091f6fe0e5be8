"""Quantsim configurations: what is read, what is refused and how."""

import copy
import json

import pytest

from zoo_common.errors import ZooError
from zoo_tf1.quantsim.config import CONFIGS, parse_config, read_config


@pytest.fixture
def document():
    return copy.deepcopy(json.loads((CONFIGS / "default_config.json").read_text()))


def test_aimets_own_two():
    plain, channels = read_config(), read_config("per_channel")
    assert [group.op_list for group in plain.supergroups] == [
        ["Conv", "Relu"],
        ["Conv", "Clip"],
        ["Add", "Relu"],
        ["Gemm", "Relu"],
    ]
    assert plain.defaults.params.is_symmetric is None
    assert plain.params["bias"].is_quantized is False
    assert channels.defaults.per_channel_quantization
    assert channels.op_type["Pad"].is_output_quantized is False


def put(document, path, value):
    *parents, last = path.split(".")
    for name in parents:
        document = document.setdefault(name, {})
    document[last] = value


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("defaults.strict_symmetric", True, "defaults.strict_symmetric.*'True' or 'False'.*got True"),
        ("defaults.ops.is_output_quantised", "True", "defaults.ops.is_output_quantised"),
        ("model_inputs", {}, "model_inputs.*did you mean 'model_input'"),
        ("params.weigth", {}, "params.weigth"),
        ("supergroups", [{"op_list": ["Conv"]}], "supergroups.0.op_list"),
        ("defaults.ops.is_input_quantized", "True", "defaults.ops.is_input_quantized: not implemented"),
        ("defaults.ops.is_input_quantized", "False", "defaults.ops.is_input_quantized: not implemented"),
        ("defaults.ops.is_output_quantized", "False", "defaults.ops.is_output_quantized: 'False' is not implemented"),
        ("op_type.Conv.is_input_quantized", "False", "op_type.Conv.is_input_quantized: 'False'"),
        ("model_input.is_input_quantized", "False", "model_input.is_input_quantized: 'False'"),
        ("model_output.is_output_quantized", "False", "model_output.is_output_quantized: 'False'"),
        (
            "defaults.supported_kernels",
            [{"activation": {"bitwidth": 8, "dtype": "float"}}],
            "supported_kernels.0.activation.*bitwidth 16 only",
        ),
    ],
)
def test_faults_are_named(document, path, value, message):
    put(document, path, value)
    with pytest.raises(ZooError, match="own.json: .*" + message):
        parse_config(document, "own.json")


@pytest.mark.parametrize("section", ["defaults", "params", "op_type", "supergroups", "model_input", "model_output"])
def test_all_six_sections_are_needed(document, section):
    del document[section]
    with pytest.raises(ZooError, match=section + ": Field required"):
        parse_config(document, "own.json")


def test_an_op_types_output_may_be_off_and_kernels_may_be_listed(document):
    put(document, "op_type.Pad.is_output_quantized", "False")
    kernels = [{"activation": {"bitwidth": 16, "dtype": "float"}, "param": {"bitwidth": 4, "dtype": "int"}}]
    put(document, "op_type.Pad.supported_kernels", kernels)
    assert parse_config(document, "x").op_type["Pad"].supported_kernels[0].param.bitwidth == 4


def test_no_such_file():
    with pytest.raises(ZooError, match="no file 'per_chanel'; did you mean 'per_channel'"):
        read_config("per_chanel")
