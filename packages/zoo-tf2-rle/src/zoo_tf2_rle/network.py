"""RLE networks as the evaluation loop sees them."""

import argparse
from typing import Any, Dict, Tuple

import numpy as np

from zoo_common.cards.parts import Recipe
from zoo_common.evaluation import Network
from zoo_common.files import PathLike
from zoo_common.frontend import CalibrationSet
from zoo_common.tasks import TopDownRegression
from zoo_common.tasks.topdown_regression import Regressed
from zoo_tf2_rle.execute.frozen import freeze
from zoo_tf2_rle.execute.pixels import Pixels
from zoo_tf2_rle.execute.tflite_convert import convert
from zoo_tf2_rle.execute.tflite_run import TfliteRunner, read_tflite
from zoo_tf2_rle.networks.counting import count_multiply_adds, count_parameters
from zoo_tf2_rle.recipes import FLOAT_HEADS
from zoo_tf2_rle.source import RANDOM_SEED, Source
from zoo_tf2_rle.tensorflow2 import tf


class FrozenNetwork(Network):
    """The float network as TensorFlow runs it, variables made constants."""

    def __init__(self, source: Source, recipe: Recipe, size: Tuple[int, int]) -> None:
        self._run = freeze(source.model, size)
        self._about = describe_float(source, recipe, size)

    def __call__(self, batch: np.ndarray) -> Regressed:
        image = tf.convert_to_tensor(np.ascontiguousarray(batch.transpose(0, 2, 3, 1)))
        return Regressed(*(part.numpy() for part in self._run(image)))

    def describe(self) -> Dict[str, Any]:
        """Return framework, backbone and size."""
        return dict(self._about, framework="tensorflow " + tf.__version__, executed=True)


class TfliteNetwork(Network):
    """A TFLite file in its interpreter."""

    def __init__(self, run: TfliteRunner, about: Dict[str, Any]) -> None:
        self._run = run
        self._about = about

    def __call__(self, batch: np.ndarray) -> Regressed:
        return self._run(batch)

    def describe(self) -> Dict[str, Any]:
        """Return framework, backbone, precision, the size of the file and what runs it."""
        return dict(self._about, framework="tflite " + tf.__version__, executed=True)


def converted(source: Source, recipe: Recipe, calibration: CalibrationSet, args: argparse.Namespace) -> TfliteNetwork:
    """Return a network as TFLite runs it, converted on the fly."""
    content = convert(source.model, recipe, calibration.batches)
    about = describe_float(source, recipe, calibration.task.input_shape[1:])
    about.update(_describe_tflite(content, recipe, args))
    if recipe.options.get(FLOAT_HEADS):
        about["activations"][FLOAT_HEADS] = recipe.options[FLOAT_HEADS]
    return TfliteNetwork(_runner(content, calibration.task, args), about)


def opened_tflite(path: PathLike, recipe: Recipe, task: TopDownRegression, args: argparse.Namespace) -> TfliteNetwork:
    """Return a TFLite file of the user's."""
    content = read_tflite(path)
    return TfliteNetwork(_runner(content, task, args, str(path)), _describe_tflite(content, recipe, args))


def _runner(
    content: bytes, task: TopDownRegression, args: argparse.Namespace, source: str = "the network"
) -> TfliteRunner:
    pixels = Pixels.of(task.options)
    return TfliteRunner(content, task.input_shape[1:], pixels, args.threads, args.delegate, source)


def _describe_tflite(content: bytes, recipe: Recipe, args: argparse.Namespace) -> Dict[str, Any]:
    weights: Dict[str, Any] = {"bits": recipe.weight_bits}
    activations: Dict[str, Any] = {"bits": recipe.activation_bits}
    if recipe.weight_bits <= 8:
        weights.update(per_channel=recipe.per_channel, symmetric=recipe.symmetric)
        activations["dynamic"] = recipe.calibration is None
    return {
        "weights": weights,
        "activations": activations,
        "file_bytes": len(content),
        "delegate": args.delegate,
    }


def describe_float(source: Source, recipe: Recipe, size: Tuple[int, int]) -> Dict[str, Any]:
    """Return what identifies a network before quantization."""
    values = sum(int(np.prod(variable.shape)) for variable in source.model.weights)
    about: Dict[str, Any] = {
        "backbone": source.model.name,
        "parameters": count_parameters(source.model),
        "multiply_adds": count_multiply_adds(source.model, size),
        "weights": {"bits": recipe.weight_bits},
        "activations": {"bits": recipe.activation_bits},
        "file_bytes": values * recipe.weight_bits // 8,
    }
    return about if source.files else dict(about, random_seed=RANDOM_SEED)
