"""A network's weights as the HDF5 file that Keras and `load_network` read."""

import h5py
import numpy as np

from zoo_common.errors import ZooError
from zoo_common.files import PathLike, atomic_open
from zoo_tf2_rle.tensorflow2 import tf


def save_network(network: tf.keras.Model, path: PathLike, half: bool = False) -> None:
    """Write all weights, batch norms' statistics included; the file is whole or not there.

    Args:
        half: store float16, half the size; loading gives float32 again.

    Raises:
        ZooError: the folder cannot be written, the disk is full, or half precision cannot hold a value.
    """
    with atomic_open(path, "wb") as stream, h5py.File(stream, "w") as file:
        layers = [layer for layer in network.layers if layer.weights]
        file.attrs["layer_names"] = [layer.name.encode() for layer in layers]
        for layer in layers:
            group = file.create_group(layer.name)
            group.attrs["weight_names"] = [weight.name.encode() for weight in layer.weights]
            for weight in layer.weights:
                group.create_dataset(weight.name, data=_stored(weight, half))


def _stored(weight: tf.Variable, half: bool) -> np.ndarray:
    value = weight.numpy()
    if not half:
        return value
    with np.errstate(over="ignore"):
        stored = value.astype(np.float16)
    if not np.isfinite(stored).all():
        raise ZooError("{}: holds values beyond half precision".format(weight.name))
    return stored
