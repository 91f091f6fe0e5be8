"""Networks from files, and what is wrong with some."""

import numpy as np
import pytest
from tf1_graphs import batch_norm, build, conv, images, network

from zoo_common.errors import ZooError
from zoo_tf1.quantsim.load import load, network_of, save
from zoo_tf1.quantsim.runner import Runner
from zoo_tf1.tensorflow1 import tf


def draw(resource=False):
    value = tf.placeholder(tf.float32, [None, 8, 8, 3], name="input")
    training = tf.placeholder(tf.bool, [], name="is_training")
    with tf.variable_scope("net", use_resource=resource):
        weight = tf.get_variable("w", [3, 3, 3, 4], initializer=tf.random_normal_initializer(seed=1))
    made = tf.nn.conv2d(value, weight, 1, "SAME", name="conv")
    dropped = tf.cond(training, lambda: tf.nn.dropout(made, rate=0.5), lambda: made)
    return value, tf.identity(dropped, name="out")


@pytest.fixture(params=[False, True], ids=["reference", "resource"])
def saved(tmp_path, request):
    with tf.Graph().as_default() as graph, tf.Session() as session:
        value, out = draw(request.param)
        session.run(tf.global_variables_initializer())
        tf.train.Saver().save(session, str(tmp_path / "model"))
        signature = tf.saved_model.predict_signature_def({"x": value}, {"y": out})
        builder = tf.saved_model.Builder(str(tmp_path / "saved"))
        builder.add_meta_graph_and_variables(session, ["serve"], {"serving_default": signature})
        builder.save()
        (tmp_path / "live.pb").write_bytes(graph.as_graph_def().SerializeToString())
        expected = session.run(out, {value: images(), "is_training:0": False})
    return tmp_path, expected


@pytest.mark.parametrize("name", ["model.meta", "saved"])
def test_variables_are_frozen(saved, name):
    folder, expected = saved
    net = load(folder / name, ["input:0"], ["out:0"], {"is_training": False})
    with Runner(net) as runner:
        np.testing.assert_array_equal(runner(images())["out"], expected)
    save(net, folder / "frozen.pb")
    assert load(folder / "frozen.pb", ["input"], ["out"]).graph == net.graph


def test_what_is_wrong_is_said(saved):
    folder, _ = saved
    with pytest.raises(ZooError, match=r"live.pb: variable 'net/w' is not frozen"):
        load(folder / "live.pb", ["input"], ["out"], {"is_training": False})
    with pytest.raises(ZooError, match="placeholder 'is_training' needs a value"):
        load(folder / "model.meta", ["input"], ["out"])
    with pytest.raises(ZooError, match="no output operation 'outt'; did you mean 'out'"):
        load(folder / "model.meta", ["input"], ["outt"])
    with pytest.raises(ZooError, match="no input operation 'xyz'; its ends are input, is_training"):
        load(folder / "model.meta", ["xyz"], ["out"], {"is_training": False})
    with pytest.raises(ZooError, match="only first outputs"):
        load(folder / "model.meta", ["input:1"], ["out"])
    (folder / "model.index").unlink()
    with pytest.raises(ZooError, match="no checkpoint beside it"):
        load(folder / "model.meta", ["input"], ["out"])
    (folder / "saved" / "saved_model.pb").write_bytes(b"nonsense")
    for name in ("saved", "gone.pb"):
        with pytest.raises(ZooError, match=name + ": (cannot be restored|no such file)"):
            load(folder / name, ["input"], ["out"])
    (folder / "bad.pb").write_bytes(b"nonsense")
    with pytest.raises(ZooError, match="not a frozen TensorFlow graph"):
        load(folder / "bad.pb", ["input"], ["out"])


def test_training_mode_batch_norms_are_refused_unless_asked_for():
    def live(value):
        batch_norm(conv(value, 4, "conv"), "bn", training=True)

    with pytest.raises(ZooError, match="batch norm 'bn' is in training mode"):
        build(live, ["bn"])
    assert build(live, ["bn"], training_batch_norms=True).outputs == ("bn",)


def test_only_what_the_outputs_need_is_kept():
    net = network()
    part = network_of(net.graph, ["input"], ["clip"])
    names = {node.name for node in part.graph.node}
    assert "conv2" not in names and "dw" in names
    with pytest.raises(ZooError, match="input 'input' does not reach the outputs"):
        network_of(net.graph, ["input", "clip"], ["conv2"])


def test_a_network_may_begin_in_the_middle():
    part = network_of(network().graph, ["clip"], ["conv2"])
    with Runner(part) as runner:
        assert runner(np.zeros((1, 8, 8, 4), np.float32))["conv2"].shape == (1, 8, 8, 4)
