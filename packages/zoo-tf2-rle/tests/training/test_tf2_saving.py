"""Weights written and loaded again, whole and in half precision."""

import numpy as np
import pytest

from zoo_common.errors import ZooError
from zoo_tf2_rle.networks.checkpoint import load_network
from zoo_tf2_rle.networks.regression import build
from zoo_tf2_rle.networks.saving import save_network

SIZE = (64, 48)


@pytest.mark.parametrize("half", [False, True])
def test_round_trip(half, make_light, tmp_path):
    trained, fresh = make_light(1), build("light_residual", SIZE)
    save_network(trained, tmp_path / "w.h5", half)
    load_network(fresh, tmp_path / "w.h5")
    for found, expected in zip(fresh.get_weights(), trained.get_weights()):
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, np.float32(np.float16(expected)) if half else expected)
    values = sum(weight.size for weight in trained.get_weights())
    assert values * (2 if half else 4) < (tmp_path / "w.h5").stat().st_size < values * (2 if half else 4) + 100_000
    if not half:
        keras = build("light_residual", SIZE)
        keras.load_weights(tmp_path / "w.h5")
        assert all(np.array_equal(a, b) for a, b in zip(keras.get_weights(), trained.get_weights()))


def test_the_same_weights_are_the_same_bytes(make_light, tmp_path):
    for name in ("a.h5", "b.h5"):
        save_network(make_light(2), tmp_path / name)
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()


def test_faults_leave_no_file(make_light, tmp_path):
    network = make_light(1)
    network.get_layer("fc_sigma").bias.assign(np.full(34, 7e4))
    with pytest.raises(ZooError, match=r"fc_sigma/bias:0: holds values beyond half precision"):
        save_network(network, tmp_path / "w.h5", half=True)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("")
    with pytest.raises(ZooError, match=r"cannot write .*file/w.h5"):
        save_network(network, tmp_path / "file" / "w.h5")
