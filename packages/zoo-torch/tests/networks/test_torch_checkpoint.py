"""Whatever form weights come in, they load name by name or are refused in one line, and no code of theirs runs."""

import io
import os
import pickle
import zipfile

import pytest
import torch
from safetensors.torch import save_file

from zoo_common.errors import ZooError
from zoo_torch.networks.checkpoint import load_hrnet, load_state, read_state
from zoo_torch.networks.hrnet import HRNet, HRNetConfig

OLD = {"_use_new_zipfile_serialization": False}
FORMS = {
    "state dict": lambda network: network.state_dict(),
    "data parallel": lambda network: {"module." + name: value for name, value in network.state_dict().items()},
    "training checkpoint": lambda network: {
        "epoch": 3,
        "model": "pose_hrnet",
        "state_dict": network.state_dict(),
        "best_state_dict": {},
        "optimizer": {"state": {}},
    },
    "whole model": lambda network: network,
    "data parallel whole model": torch.nn.DataParallel,
}


@pytest.mark.parametrize("options", [{}, OLD], ids=["zip", "legacy"])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_loads(tiny_network, tmp_path, form, options):
    path = tmp_path / "weights.pth"
    torch.save(FORMS[form](tiny_network), path, **options)
    loaded = load_hrnet(path, expected=tiny_network.config)
    expected = tiny_network.state_dict()
    assert list(loaded.state_dict()) == list(expected)
    assert all(torch.equal(value, expected[name]) for name, value in loaded.state_dict().items())
    assert not loaded.training


def test_a_pickled_model_of_a_class_that_is_not_here_loads(tiny_network, tmp_path):
    path = tmp_path / "model.pth"
    torch.save(tiny_network, path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content.replace(b"zoo_torch.networks.hrnet", b"nowhere_here.networks.hr"))
    state = read_state(path)
    assert list(state) == list(tiny_network.state_dict())


def test_folded_weights_load_into_the_folded_form(tmp_path):
    folded = HRNet(HRNetConfig(width=4, stem=8, modules=(1, 2, 1), blocks=1, bottlenecks=1), folded=True)
    torch.save(folded.state_dict(), tmp_path / "W8A8_state_dict.pth")
    loaded = load_hrnet(tmp_path / "W8A8_state_dict.pth")
    assert loaded.folded
    assert loaded.config == folded.config


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_floating_point_is_widened_to_single(tiny_network, tmp_path, dtype):
    state = {n: v.to(dtype) if v.is_floating_point() else v for n, v in tiny_network.state_dict().items()}
    save_file(state, str(tmp_path / "weights.safetensors"))
    loaded = read_state(tmp_path / "weights.safetensors")
    assert loaded["conv1.weight"].dtype == torch.float32
    assert loaded["bn1.num_batches_tracked"].dtype == torch.int64
    assert torch.equal(loaded["conv1.weight"], state["conv1.weight"].float())


def test_names_and_shapes_must_agree(tiny_network):
    state = tiny_network.state_dict()
    for name in ("bn1.weight", "bn1.bias", "bn2.weight", "bn2.bias", "bn2.running_var"):
        del state[name]
    state["conv1.bias"] = torch.zeros(8)
    state["conv2.weight"] = torch.zeros(8, 8, 1, 1)
    with pytest.raises(ZooError) as caught:
        load_state(tiny_network, state, "w.pth")
    assert str(caught.value) == (
        "w.pth: not the weights of this network: 5 missing: bn1.weight, bn1.bias, bn2.weight, ...; "
        "1 unexpected: conv1.bias; 1 of another shape: conv2.weight [8, 8, 1, 1] where the network has [8, 8, 3, 3]"
    )


def test_another_width_is_told(tiny_network, tmp_path):
    torch.save(tiny_network.state_dict(), tmp_path / "w.pth")
    wanted = HRNetConfig(width=8, stem=8, modules=(1, 1, 1), blocks=1, bottlenecks=1)
    with pytest.raises(ZooError, match="weights are of width 4, the card says width 8"):
        load_hrnet(tmp_path / "w.pth", expected=wanted)


class Malicious:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.system, ("touch '{}'".format(self.marker),)


@pytest.mark.parametrize("place", ["top", "entry", "attribute", "plain pickle", "legacy"])
def test_a_pickle_that_wants_code_is_refused(tiny_network, tmp_path, place):
    path, marker = tmp_path / "weights.pth", tmp_path / "executed"
    evil = Malicious(marker)
    if place == "plain pickle":
        path.write_bytes(pickle.dumps(evil))
    elif place == "attribute":
        tiny_network.extra = evil
        torch.save(tiny_network, path)
    else:
        content = evil if place == "top" else dict(tiny_network.state_dict(), extra=evil)
        torch.save(content, path, **(OLD if place == "legacy" else {}))
    with pytest.raises(ZooError, match=r"refused: the pickle wants to call \w+\.system") as caught:
        read_state(path)
    assert "\n" not in str(caught.value)
    assert not marker.exists()


def _saved(value):
    stream = io.BytesIO()
    torch.save(value, stream)
    return stream.getvalue()


def _script():
    """What marks a TorchScript archive among PyTorch's."""
    stream = io.BytesIO(_saved({"a": torch.zeros(1)}))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("archive/constants.pkl", b"")
    return stream.getvalue()


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: b"", "the file is empty"),
        (lambda: b"version https://git-lfs.github.com/spec/v1\n", "neither safetensors nor a PyTorch file"),
        (lambda: _saved({"a": torch.zeros(9)})[:-300], "not a readable weights file"),
        (lambda: b"\x80\x02}q\x00", "not a readable weights file"),
        (lambda: b"\x40\x00\x00\x00\x00\x00\x00\x00{}", "not a readable weights file"),
        (_script, "a TorchScript program"),
        (lambda: _saved([1, 2]), "holds a list, not named tensors"),
        (lambda: _saved({}), "holds no named tensors"),
        (lambda: _saved({"a": 1}), "'a' is a int, not a tensor"),
        (lambda: _saved({"a": torch.tensor([float("nan")])}), "'a' holds values that are not finite"),
        (lambda: _saved({"a": torch.zeros(1)}), "not the weights of an HRNet: no convolution 'conv1.weight'"),
    ],
)
def test_files_that_are_no_weights(tmp_path, make, message):
    path = tmp_path / "weights.pth"
    path.write_bytes(make())
    with pytest.raises(ZooError) as caught:
        load_hrnet(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_file(tmp_path):
    with pytest.raises(ZooError, match="No such file"):
        load_hrnet(tmp_path / "none.pth")
