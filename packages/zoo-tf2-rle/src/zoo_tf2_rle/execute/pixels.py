"""Raw pixels as the input of a TFLite file: the normalisation inside the graph, and back to pixels outside."""

import json
from typing import NamedTuple, Optional, Tuple

import numpy as np

from zoo_common.errors import ZooError
from zoo_common.tasks.topdown_regression import TopDownRegressionOptions
from zoo_tf2_rle.execute.tflite_model import TfliteModel
from zoo_tf2_rle.tensorflow2 import tf

METADATA = "zoo_tf2_rle.pixels"
"""Name under which a file says how it normalises."""

Triple = Tuple[float, float, float]


class Pixels(NamedTuple):
    """How pixels become what the network sees: ``(pixels / scale - mean) / std``, channels in the order ``color``."""

    mean: Triple
    std: Triple
    scale: float
    color: str

    @classmethod
    def of(cls, options: TopDownRegressionOptions) -> "Pixels":
        """Return how a task normalises."""
        return cls(tuple(options.mean), tuple(options.std), options.scale, options.color)

    def normalise(self, image: tf.Tensor) -> tf.Tensor:
        """Return float32 [N, H, W, 3] of uint8, as one multiplication and one addition.

        The last bit may differ from `zoo_common.crops.Normaliser`, which divides.
        """
        mean, std = (np.asarray(values, np.float64) for values in (self.mean, self.std))
        factor, term = (1 / (self.scale * std)).astype(np.float32), (-mean / std).astype(np.float32)
        return tf.cast(image, tf.float32) * factor + term

    def recover(self, crops: np.ndarray) -> np.ndarray:
        """Return the pixels uint8 [N, H, W, 3] that were normalised to ``crops`` float32 [N, 3, H, W]: exact."""
        mean, std = (np.asarray(values, np.float32) for values in (self.mean, self.std))
        exact = (crops.transpose(0, 2, 3, 1) * std + mean) * np.float32(self.scale)
        return np.clip(np.rint(exact), 0, 255).astype(np.uint8)

    def stamp(self, content: bytes) -> bytes:
        """Return a TFLite file that says so of itself."""
        return TfliteModel(content).with_metadata(METADATA, json.dumps(self._asdict(), sort_keys=True).encode())

    def check(self, stamp: Optional[bytes], source: str) -> None:
        """Check what a file says of itself, if it says anything.

        Raises:
            ZooError: it normalises otherwise, which the run would not know; or what it says makes no sense.
        """
        if stamp is None:
            return
        try:
            inside = dict(json.loads(stamp))
        except (ValueError, TypeError):
            raise ZooError("{}: {}: not what this program writes there".format(source, METADATA)) from None
        for field, value in json.loads(json.dumps(self._asdict())).items():
            if inside.get(field) != value:
                message = "{}: its graph has the input's {} {}, the protocol {}"
                raise ZooError(message.format(source, field, inside.get(field), value))
