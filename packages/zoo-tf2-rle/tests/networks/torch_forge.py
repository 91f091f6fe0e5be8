"""PyTorch files made by hand: whole ones, and such as PyTorch would not write."""

import io
import pickle
import zipfile

STORAGES = {"f4": "FloatStorage", "f2": "HalfStorage", "i8": "LongStorage", "c8": "ComplexFloatStorage"}


class Global:
    """Pickles as a class or function that need not exist here."""

    def __init__(self, module, name):
        self.module, self.name = module, name


class Call:
    """Pickles as the call of a `Global`."""

    def __init__(self, function, *arguments):
        self.function, self.arguments = function, arguments

    def __reduce__(self):
        return self.function, self.arguments


class Saved(tuple):
    """Pickles as a persistent id."""


class Pickler(pickle._Pickler):
    """Python's own pickler, for which globals are what they say and callables need not be callable."""

    def persistent_id(self, value):
        return tuple(value) if isinstance(value, Saved) else None

    def save(self, value, save_persistent_id=True):
        if isinstance(value, Global):
            self.write("c{}\n{}\n".format(value.module, value.name).encode())
        elif isinstance(value, Call):
            self.save(value.function)
            self.save(value.arguments)
            self.write(pickle.REDUCE)
        else:
            super().save(value, save_persistent_id)


def tensor(array, key, count=None, shape=None, offset=0, strides=None, module="torch"):
    """Return a tensor as PyTorch pickles it; the arguments behind ``key`` are what it says where it lies."""
    kind = Global(module, STORAGES[array.dtype.str[1:]])
    storage = Saved(("storage", kind, key, "cpu", array.size if count is None else count))
    steps = tuple(step // array.itemsize for step in array.strides)
    view = (offset, array.shape if shape is None else shape, steps if strides is None else strides)
    return Call(Global("torch._utils", "_rebuild_tensor_v2"), storage, *view, False, {})


def pickled(content):
    """Return the pickle of content that may hold `Global` and `Call`."""
    stream = io.BytesIO()
    Pickler(stream, 2).dump(content)
    return stream.getvalue()


def write_zip(path, data, storages=(), compression=zipfile.ZIP_STORED, root="archive/", byteorder=b"little"):
    """Write a file of PyTorch's zip format from the bytes of its pickle and of its storages, by key."""
    with zipfile.ZipFile(str(path), "w", compression) as archive:
        archive.writestr(root + "data.pkl", data)
        archive.writestr(root + "byteorder", byteorder)
        for key, content in dict(storages).items():
            archive.writestr("{}data/{}".format(root, key), content)
    return path


def write_state(path, state):
    """Write arrays by name as `torch.save` writes a state dict of the GPU's tensors."""
    arrays = {name: (str(key), array.copy("C")) for key, (name, array) in enumerate(state.items())}
    content = {name: tensor(array, key, module="torch.cuda") for name, (key, array) in arrays.items()}
    return write_zip(path, pickled(content), {key: array.tobytes() for key, array in arrays.values()})
