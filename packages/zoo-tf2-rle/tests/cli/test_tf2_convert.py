"""`zoo-tf2-rle convert`: what it writes loads again, and what it cannot read leaves nothing behind."""

import h5py
import numpy as np
import pytest

from zoo_tf2_rle.cli import main as cli
from zoo_tf2_rle.networks.checkpoint import load_network
from zoo_tf2_rle.networks.regression import build


def run(*argv):
    with pytest.raises(SystemExit) as stop:
        cli.main([str(arg) for arg in argv])
    return stop.value.code


def test_weights_of_another_form_become_an_h5(make_light, crops, tmp_path, capsys):
    trained = make_light(5)
    trained.save_weights(tmp_path / "prefix")
    assert run("convert", "rle_light", "--weights", tmp_path / "prefix", "--out", tmp_path / "out") == 0
    path = tmp_path / "out" / "rle_light.h5"
    assert capsys.readouterr().out.startswith("{}: 4.".format(path))
    assert [item.name for item in path.parent.iterdir()] == [path.name] and h5py.is_hdf5(str(path))
    fresh = build("light_residual", (64, 48))
    load_network(fresh, path)
    for one, two in zip(fresh(crops), trained(crops)):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["rle_light"], "give --weights FILE"),
        (["rle_light", "--weights", "absent.pth"], "cannot read absent.pth: No such file"),
        (["rle_light", "--weights", "text.pth"], "text.pth: neither HDF5 nor a TensorFlow checkpoint"),
        (["rle_lite", "--weights", "text.pth"], "did you mean 'rle_light'"),
    ],
)
def test_mistakes_leave_no_file(argv, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.pth").write_text("no")
    assert run("convert", *argv) == 2
    assert message in capsys.readouterr().err.strip().splitlines()[-1]
    assert [item.name for item in tmp_path.iterdir()] == ["text.pth"]
