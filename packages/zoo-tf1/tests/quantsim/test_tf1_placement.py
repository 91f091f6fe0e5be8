"""Where quantizers go."""

import json

import pytest
from tf1_graphs import batch_norm, build, conv, depthwise, network

from zoo_common.errors import ZooError
from zoo_tf1.quantsim.config import CONFIGS, parse_config, read_config
from zoo_tf1.quantsim.connected import connect
from zoo_tf1.quantsim.placement import place
from zoo_tf1.tensorflow1 import tf


def config(**sections):
    document = json.loads((CONFIGS / "default_config.json").read_text())
    return parse_config({**document, **sections}, "test")


def on(net, chosen=None):
    return list(place(net, chosen or read_config()).enabled().activations)


def test_a_convolution_and_its_bias_are_one_operation():
    ops = connect(network()).ops
    assert (ops["conv1/bias"].main, ops["conv1/bias"].type) == ("conv1", "Conv2D")
    assert "conv1" not in ops
    assert ops["conv2"].config_types == ("Conv",)
    assert ops["add"].sources == ("conv2", "relu1")


def test_the_default_configuration():
    placement = place(network(), read_config())
    assert set(placement.enabled().activations) == {
        "input",
        "relu1",  # after conv1
        "dw",
        "bn",  # Conv, BatchNormalization, Relu6 is no supergroup here
        "clip",
        "conv2",
        "relu2",  # after add
        "concat",
        "pool",
    }
    assert "reshape" not in placement.activations
    assert set(placement.enabled().parameters) == {"conv1/weights", "dw/weights", "conv2/weights"}
    bias = [item for item in placement.parameters.values() if item.kind == "bias"]
    assert len(bias) == 1 and not bias[0].enabled
    assert not any(item.symmetric or item.per_channel for item in placement.parameters.values())


def test_per_channel_configuration():
    placement = place(network(), read_config("per_channel"))
    for item in placement.enabled().parameters.values():
        assert item.symmetric and item.per_channel
    assert not any(item.symmetric for item in placement.activations.values())


def test_a_second_reader_breaks_a_supergroup():
    def twice(value):
        made = conv(value, 4, "conv")
        tf.add(tf.nn.relu(made, name="relu"), made, name="sum")

    assert on(build(twice, ["sum"])) == ["input", "conv/bias", "relu", "sum"]


def test_what_only_moves_values_breaks_a_supergroup():
    def moved(value):
        tf.nn.relu(tf.identity(conv(value, 4, "conv"), name="same"), name="relu")

    assert on(build(moved, ["relu"])) == ["input", "conv/bias", "relu"]


def test_three_in_a_supergroup():
    def normalised(value):
        tf.nn.relu(batch_norm(conv(value, 4, "conv", bias=False), "bn"), name="relu")

    net = build(normalised, ["relu"])
    assert on(net) == ["input", "conv", "bn", "relu"]
    assert on(net, config(supergroups=[{"op_list": ["Conv", "BatchNormalization", "Relu"]}])) == ["input", "relu"]


def test_dense_layers():
    def dense(value):
        flat = tf.reshape(value, [-1, 192])
        made = tf.nn.bias_add(tf.matmul(flat, tf.constant([[0.5] * 5] * 192, name="w"), name="dense"), [1.0] * 5)
        tf.nn.relu(made, name="relu")

    net = build(dense, ["relu"])
    assert on(net) == ["input", "relu"]
    assert list(place(net, read_config()).enabled().parameters) == ["w"]


def test_op_types_overrule_defaults_and_later_sections_overrule_op_types():
    rules = {
        "Conv": {"is_output_quantized": "True", "is_symmetric": "True", "params": {"bias": {"is_quantized": "True"}}},
        "Concat": {"is_input_quantized": "True", "is_output_quantized": "False"},
        "AveragePool": {"is_output_quantized": "False"},
    }
    placement = place(network(), config(op_type=rules, model_output={"is_output_quantized": "True"}))
    assert placement.activations["dw"].symmetric
    assert not placement.activations["conv1/bias"].enabled  # in a supergroup
    assert not placement.activations["concat"].enabled
    assert placement.activations["pool"].enabled  # the model's output
    assert sum(item.enabled and item.kind == "bias" for item in placement.parameters.values()) == 1


def test_quantized_inputs_are_switched_on_where_they_are_made():
    off = {name: {"is_output_quantized": "False"} for name in ("Relu", "Clip", "Conv", "BatchNormalization", "Add")}
    rules = {**off, "Concat": {"is_input_quantized": "True"}}
    assert on(network(), config(op_type=rules)) == ["input", "clip", "relu2", "concat", "pool"]


def test_the_input_is_exempt_from_defaults():
    assert "input" not in on(network(), config(model_input={}))


def test_a_shared_weight_has_one_quantizer():
    def shared(value):
        weight = tf.constant([[[[0.5] * 3] * 3]], name="w")
        first = tf.nn.conv2d(value, weight, 1, "SAME", name="first")
        tf.nn.conv2d(first, weight, 1, "SAME", name="second")

    (parameter,) = place(build(shared, ["second"]), read_config()).parameters.values()
    assert {reader.node for reader in parameter.readers} == {"first", "second"}


def test_operations_can_be_excluded():
    placement = place(network(), read_config()).without(["dw", "conv1"], ["concat"]).enabled()
    assert set(placement.parameters) == {"conv2/weights"}
    assert not {"dw", "concat"} & set(placement.activations)
    with pytest.raises(ZooError, match="called 'concta'; did you mean 'concat'"):
        place(network(), read_config()).without([], ["concta"])


def test_strict_and_unsigned_exclude_each_other():
    document = json.loads((CONFIGS / "default_config.json").read_text())
    document["defaults"].update(strict_symmetric="True", params={"is_quantized": "True", "is_symmetric": "True"})
    with pytest.raises(ZooError, match=r"defaults.strict_symmetric and defaults.unsigned_symmetric"):
        place(network(), parse_config(document, "x"))


def test_a_depthwise_convolution_is_a_convolution():
    net = build(lambda value: tf.nn.relu6(depthwise(value, "dw"), name="clip"), ["clip"])
    assert on(net) == ["input", "clip"]
