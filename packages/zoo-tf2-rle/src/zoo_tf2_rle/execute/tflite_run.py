"""A TFLite file as a function of crops: one crop a call, as a phone runs it."""

from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np

from zoo_common.errors import ZooError
from zoo_common.evaluation.machine import usable_cores
from zoo_common.files import PathLike
from zoo_common.tasks.topdown_regression import JOINTS, Regressed
from zoo_tf2_rle.execute.pixels import METADATA, Pixels
from zoo_tf2_rle.execute.tflite_convert import OUTPUTS
from zoo_tf2_rle.execute.tflite_model import TfliteModel
from zoo_tf2_rle.options import DELEGATES
from zoo_tf2_rle.tensorflow2 import tf

PROBES = 4


class TfliteRunner:
    """Coordinates and sigmas of a batch of crops, computed crop by crop.

    Args:
        content: of the file. It takes normalised crops in float32, or their pixels in uint8.
        size: height and width of the crops.
        pixels: how crops are normalised.
        threads: of the interpreter; one a core unless given.
        delegate: one of `DELEGATES`.
        source: name of the file, for messages.

    Raises:
        ZooError: it is no TFLite file, or not one of an RLE network for such crops.
    """

    def __init__(
        self,
        content: bytes,
        size: Tuple[int, int],
        pixels: Pixels,
        threads: Optional[int] = None,
        delegate: str = DELEGATES[0],
        source: str = "the network",
    ) -> None:
        stamp = TfliteModel(content, source).metadata(METADATA)
        resolver = tf.lite.experimental.OpResolverType
        try:
            self._interpreter = tf.lite.Interpreter(
                model_content=content,
                num_threads=threads or usable_cores(),
                experimental_op_resolver_type=resolver.AUTO
                if delegate == "xnnpack"
                else resolver.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
            )
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise ZooError("{}: not a TFLite file that runs here ({})".format(source, str(error)[:120])) from None
        pixels.check(stamp, source)
        self._pixels = pixels if self._takes_pixels(size, source) else None
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._outputs = self._places(source)

    def __call__(self, batch: np.ndarray) -> Regressed:
        """Return the outputs for float32 [N, 3, H, W]."""
        parts = [self._one(crop, self._outputs) for crop in batch]
        return Regressed(*map(np.concatenate, zip(*parts)))

    def _takes_pixels(self, size: Tuple[int, int], source: str) -> bool:
        inputs = self._interpreter.get_input_details()
        wanted = [1, *size, 3]
        found = ", ".join(map(_input_text, inputs))
        for kind in ("float32", "uint8"):
            if found == "{} {}".format(kind, wanted):
                return kind == "uint8"
        message = "{}: takes {}, but the protocol has float32 {} (or uint8, not quantized)"
        raise ZooError(message.format(source, found, wanted))

    def _one(self, crop: np.ndarray, places: Sequence[int]) -> List[np.ndarray]:
        row = crop[None].transpose(0, 2, 3, 1) if self._pixels is None else self._pixels.recover(crop[None])
        self._interpreter.set_tensor(self._input, np.ascontiguousarray(row))
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(place) for place in places]

    def _places(self, source: str) -> Tuple[int, int]:
        """Return which outputs are coordinates and sigmas: by name, else by what they hold.

        The order of a file's outputs is the converter's whim.
        """
        shape = [1, JOINTS, 2]
        outputs = self._interpreter.get_output_details()
        places = [item["index"] for item in outputs if item["shape"].tolist() == shape]
        if len(places) != 2:
            message = "{}: {} outputs of shape [1, {}, 2], an RLE network has two: coordinates and sigmas"
            raise ZooError(message.format(source, len(places), JOINTS))
        signatures = self._interpreter.get_signature_list()
        if any(sorted(item["outputs"]) == sorted(OUTPUTS) for item in signatures.values()):
            runner = self._interpreter.get_signature_runner()
            named = {name: item["index"] for name, item in runner.get_output_details().items()}
            return named[OUTPUTS[0]], named[OUTPUTS[1]]
        shape = self._interpreter.get_input_details()[0]["shape"]
        noise = np.random.default_rng(0).standard_normal((PROBES, 3, shape[1], shape[2])).astype(np.float32)
        answers = zip(*(self._one(crop, places) for crop in noise))
        within = [all(((part >= 0) & (part <= 1)).all() for part in parts) for parts in answers]
        if within[0] == within[1]:
            raise ZooError("{}: cannot tell its two outputs apart; name them coordinates and sigmas".format(source))
        return (places[1], places[0]) if within[0] else (places[0], places[1])


def read_tflite(path: PathLike) -> bytes:
    """Return the bytes of a TFLite file.

    Raises:
        ZooError: it cannot be read, or is none.
    """
    try:
        with open(str(path), "rb") as stream:
            content = stream.read()
    except OSError as error:
        raise ZooError("cannot read {}: {}".format(path, error.strerror or error)) from error
    if content[4:8] != b"TFL3":
        raise ZooError("{}: not a TFLite file".format(path))
    return content


def _input_text(details: Dict[str, Any]) -> str:
    quantized = "quantized " if details["quantization"][0] else ""
    return "{}{} {}".format(quantized, np.dtype(details["dtype"]).name, details["shape"].tolist())
