"""Graphs and snapshots that would write a file if they were run."""

import io
import os
import pickle
import zipfile

import numpy as np
import pytest
from tensorflow.python.framework import function
from tf1_graphs import images

from zoo_common.errors import ZooError
from zoo_tf1.quantsim.graph import make_constant
from zoo_tf1.quantsim.load import load
from zoo_tf1.quantsim.runner import Runner
from zoo_tf1.tensorflow1 import tf
from zoo_tf1.training.snapshot import Snapshot


def draw(marker, place):
    """A network of one variable; ``place`` writes the marker when that is run."""
    value = tf.placeholder(tf.float32, [None, 8, 8, 3], name="input")
    weight = tf.get_variable("w", [3], initializer=tf.ones_initializer())
    evil = tf.write_file(str(marker), "executed", name="evil")
    with tf.control_dependencies([evil] if place == "output" else []):
        made = value * weight
    if place == "function":

        @function.Defun(tf.float32)
        def called(x):
            with tf.control_dependencies([tf.write_file(str(marker), "executed", name="evil")]):
                return tf.identity(x)

        made = called(made)
        made.set_shape([None, 8, 8, 3])
    if place == "python":
        made = tf.py_func(lambda x: x, [made], tf.float32, name="evil")
    return value, tf.identity(made, name="out"), evil


def write(folder, place):
    """Write a frozen graph, a checkpoint with its graph, and a SavedModel; nothing has been run but the variable."""
    marker = folder / "executed"
    with tf.Graph().as_default() as graph, tf.Session() as session:
        value, out, evil = draw(marker, place)
        session.run(tf.global_variables_initializer())
        saver = tf.train.Saver()
        if place == "restore":
            restore = graph.get_operation_by_name(saver.saver_def.restore_op_name)
            restore._add_control_input(evil)
        saver.save(session, str(folder / "model"))
        builder = tf.saved_model.Builder(str(folder / "saved"))
        signature = tf.saved_model.predict_signature_def({"x": value}, {"y": out})
        first = tf.group(evil) if place == "initialiser" else None
        builder.add_meta_graph_and_variables(session, ["serve"], {"serving": signature}, main_op=first, saver=saver)
        builder.save()
        frozen = graph.as_graph_def()
        for node in frozen.node:
            if node.name == "w/read":
                node.CopyFrom(make_constant("w/read", np.ones(3, np.float32)))
        (folder / "frozen.pb").write_bytes(frozen.SerializeToString())
    assert not marker.exists()
    return marker


@pytest.mark.parametrize("name", ["frozen.pb", "model.meta", "saved"])
@pytest.mark.parametrize("place", ["output", "function", "python", "restore", "initialiser", "aside"])
def test_nothing_is_written_by_a_graph(tmp_path, place, name):
    marker = write(tmp_path, place)
    runs = place in ("output", "function", "python") or (place == "restore" and name != "frozen.pb")
    if runs:
        with pytest.raises(
            ZooError, match=r"refused: operation '.*evil.*' of type (WriteFile|PyFunc) .*extract_sub_graph"
        ):
            load(tmp_path / name, ["input"], ["out"])
    else:
        with Runner(load(tmp_path / name, ["input"], ["out"])) as runner:
            np.testing.assert_array_equal(runner(images())["out"], images())
    assert not marker.exists()


def test_operations_of_networks_are_not_mistaken(tmp_path):
    with tf.Graph().as_default() as graph:
        value = tf.placeholder(tf.float32, [None, 8, 8, 3], name="input")
        resized = tf.image.resize_bilinear(tf.nn.max_pool2d(value, 2, 2, "SAME"), [8, 8])
        tf.identity(tf.nn.dropout(tf.Print(resized, [tf.shape(resized)]), rate=0.0), name="out")
        (tmp_path / "net.pb").write_bytes(graph.as_graph_def().SerializeToString())
    assert load(tmp_path / "net.pb", ["input"], ["out"]).outputs == ("out",)


class Malicious:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.system, ("touch '{}'".format(self.marker),)


@pytest.mark.parametrize("kind", ["array", "pickle"])
def test_a_pickled_snapshot_counts_as_none(tmp_path, kind):
    file, marker = tmp_path / "s.npz", tmp_path / "executed"
    if kind == "array":
        stream = io.BytesIO()
        np.save(stream, np.array([Malicious(marker)], object), allow_pickle=True)
        with zipfile.ZipFile(str(file), "w") as archive:
            archive.writestr("losses.npy", stream.getvalue())
    else:
        file.write_bytes(pickle.dumps(Malicious(marker)))
    assert Snapshot(file).restore(None) == []
    assert not marker.exists()
