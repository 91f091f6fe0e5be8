"""PyTorch's files without PyTorch: what it wrote is read to the bit, what it would not write is refused in one line."""

import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
from torch_forge import Call, Global, pickled, tensor, write_zip

from zoo_common.errors import ZooError
from zoo_tf2_rle.networks.torch_file import read_torch

VECTORS = Path(__file__).parent / "vectors"
ROW = np.arange(24, dtype=np.float32) / 8
TINY = {
    "contiguous": np.arange(6, dtype=np.float32).reshape(2, 3) / 2,
    "transposed": ROW.reshape(4, 6).T,
    "shared": ROW[5:17].reshape(3, 4)[:, ::2],
    "parameter": np.float32([0.5, -2]),
    "half": np.float16([1, -0.5, 65504]),
    "bfloat16": np.float32([1, -3, 2.0**100]),
    "double": np.array([[1 / 3]]),
    "counter": np.array(2**40 + 1),
    "bytes": np.uint8([0, 255]),
    "flags": np.array([True, False]),
    "empty": np.zeros((0, 3), np.float32),
}
"""What ``make_rle_vectors.py`` of zoo-torch let PyTorch save."""
ONE = np.float32([1])


@pytest.fixture
def path(tmp_path):
    return tmp_path / "w.pth"


def message(path):
    """Return why a file is refused, without its name."""
    with pytest.raises(ZooError) as fault:
        read_torch(path)
    text = str(fault.value)
    assert str(path) in text and "\n" not in text
    return text.replace(str(path), "")


@pytest.mark.parametrize("name", ["tiny.pth", "tiny-legacy.pth"])
def test_both_formats_are_read_to_the_bit(name):
    found = read_torch(VECTORS / name)
    assert list(found) == list(TINY)
    for key, expected in TINY.items():
        assert found[key].dtype == expected.dtype, key
        np.testing.assert_array_equal(found[key], expected, err_msg=key)
        assert not found[key].flags.writeable


@pytest.mark.parametrize("name", ["tiny.pth", "tiny-legacy.pth"])
def test_truncated_files_are_refused_wherever_they_end(name, path):
    whole = (VECTORS / name).read_bytes()
    for length in [*range(1, len(whole) - 1, 37), len(whole) - 1]:
        path.write_bytes(whole[:length])
        assert "not a readable PyTorch file" in message(path), length


@pytest.mark.parametrize("name", ["tiny.pth", "tiny-legacy.pth"])
def test_a_changed_byte_ends_in_one_line_or_in_numbers(name, path):
    """Whatever it hits: no other error leaves the reader."""
    whole, rng, refused = (VECTORS / name).read_bytes(), np.random.RandomState(0), 0
    for place in rng.randint(0, len(whole), 100):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ rng.randint(1, 256)]) + whole[place + 1 :])
        try:
            read_torch(path)
        except ZooError as error:
            assert "\n" not in str(error)
            refused += 1
    assert refused > 30


class Malicious:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.system, ("touch '{}'".format(self.marker),)


@pytest.mark.parametrize("protocol", [2, 4])
@pytest.mark.parametrize("place", ["zip", "plain pickle", "legacy"])
def test_a_pickle_that_wants_code_is_refused(place, protocol, path, tmp_path):
    evil = pickle.dumps({"a": 1, "b": Malicious(tmp_path / "executed")}, protocol=protocol)
    if place == "zip":
        write_zip(path, evil)
    else:
        headers = [pickle.dumps(value, 2) for value in (0x1950A86A20F9469CFC6C, 1001, {})]
        path.write_bytes(b"".join(headers if place == "legacy" else []) + evil)
    assert message(path).startswith(": refused: the pickle asks for {}.system, which is".format(os.name))
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (pickled({"a": Global("torch.nn.modules.linear", "Linear")}), "asks for torch.nn.modules.linear.Linear"),
        (pickled({"a": tensor(np.complex64([1]), "0")}), "asks for torch.ComplexFloatStorage"),
        (pickled({"a": Global("torch", "_utils._rebuild_tensor_v2")}), "asks for torch._utils._rebuild_tensor_v2"),
        (b"\x80\x02(i" + b"posix\nsystem\n.", "opcode INST does not occur"),
        (b"\x80\x02ccollections\nOrderedDict\n}X\x01\x00\x00\x00aK\x01sb.", "attributes of a function"),
        (b"\x80\x02}r\xff\xff\xff\xff.", "holds an empty one"),
        (b"\x80\x02}(((((tttttK\x01s.", "a dict under a tuple"),
        (b"\x80\x02].", "holds a list"),
        (b"\x80\x020.", "opcode POP does not occur"),
        (b"\x80\x02K\x01K\x01R.", "broken pickle"),
        (b"\x80\x02\x8a\xff.", "not enough data"),
        (pickled({"a": 1}), "'a' is a int, not a tensor"),
        (pickled({3: tensor(ONE, "0")}), "holds 3, not named tensors"),
    ],
)
def test_what_is_no_state_dict(data, found, path):
    assert found in message(write_zip(path, data, {"0": ONE.tobytes()}))


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"count": 2**40}, "storage '0' is not of the size stated"),
        ({"count": 3, "shape": (3,)}, "storage '0' is not of the size stated"),
        ({"shape": (5,)}, r"a tensor of shape [5] reaches beyond the 4 numbers of storage '0'"),
        ({"offset": 1}, "reaches beyond"),
        ({"shape": (2, 2), "strides": (3, 1)}, "reaches beyond"),
        ({"shape": (2**40,), "strides": (0,)}, "reaches beyond"),
        ({"shape": (2**62,) * 4, "strides": (0,) * 4}, "reaches beyond"),
        ({"offset": -1}, "no plain view"),
        ({"strides": (-1,)}, "no plain view"),
        ({"strides": (1, 1)}, "no plain view"),
        ({"shape": (4.0,)}, "no plain view"),
        ({"shape": (1,) * 33, "strides": (1,) * 33}, "no plain view"),
        ({"count": "4"}, "a storage without kind, name or size"),
        ({"key": 0}, "a storage without kind, name or size"),
        ({"key": "../data.pkl"}, "storage '../data.pkl' is not of the size stated"),
    ],
)
def test_sizes_that_lie(options, found, path):
    values = np.arange(4, dtype=np.float32)
    data = pickled({"a": tensor(values, **dict({"key": "0"}, **options))})
    assert found in message(write_zip(path, data, {"0": values.tobytes()}))


def test_archives_that_unpack_to_more_than_they_are(path):
    values = np.zeros(10**6, np.float32)
    data, storages = pickled({"a": tensor(values, "0")}), {"0": values.tobytes()}
    write_zip(path, data, storages, compression=zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 10_000
    assert "compressed entries" in message(path)
    write_zip(path, data, storages)
    content = bytearray(path.read_bytes())  # the directory gives both entries the bytes of the larger one
    place = content.index(b"PK\x01\x02")
    second = content.index(b"PK\x01\x02", content.index(b"PK\x01\x02", place + 4) + 4)
    for start, end in ((16, 28), (42, 46)):  # checksum and sizes; offset
        content[place + start : place + end] = content[second + start : second + end]
    path.write_bytes(content)
    assert "entries are larger than the file" in message(path)


def test_archives_of_others(path):
    write_zip(path, pickled({}), root="")
    assert "no data.pkl in it" in message(path)
    path.write_bytes(pickle.dumps([1], 2))
    assert "a pickle, but not PyTorch's" in message(path)
    assert message(path.parent / "absent.pth").startswith("cannot read : No such file")


def test_numbers_of_a_big_endian_machine(path):
    write_zip(path, pickled({"a": tensor(np.float32([1, 2]), "0")}), {"0": np.array([1, 2], ">f4").tobytes()})
    assert read_torch(path)["a"].tolist() != [1, 2]
    data = pickled({"a": tensor(np.float32([1, 2]), "0")})
    write_zip(path, data, {"0": np.array([1, 2], ">f4").tobytes()}, byteorder=b"big")
    assert read_torch(path)["a"].tolist() == [1, 2]
    write_zip(path, data, {"0": bytes(8)}, byteorder=b"middle")
    assert "not a readable PyTorch file" in message(path)


def test_only_wanted_storages_are_read(path):
    """An optimiser's moments, twice the size of the weights, stay on disk."""
    whole = {"state_dict": {"a": tensor(ONE, "0")}, "optimizer": [tensor(ONE, "absent")]}
    assert read_torch(write_zip(path, pickled(whole), {"0": ONE.tobytes()})) == {"a": ONE}


def test_calls_have_no_reach(path):
    """What may be called makes data of data, whatever it is given."""
    for function in ("_rebuild_tensor_v2", "_rebuild_parameter"):
        call = Call(Global("torch._utils", function), *[Global("collections", "OrderedDict")] * 3, (), (), 0, {})
        assert "not a readable PyTorch file" in message(write_zip(path, pickled({"a": call})))
