"""From a model card to a network: the one place where cards, weights, quantizers and runtimes meet."""

import argparse
from pathlib import Path
from typing import Any, ClassVar, Sequence

from zoo_common.cards import Card, Registry
from zoo_common.cards.parts import Recipe
from zoo_common.errors import ZooError
from zoo_common.frontend import Backend, Built, CalibrationSet
from zoo_common.frontend.evaluate import BATCH_SIZE
from zoo_torch import options, source

DEFAULT_ENGINE = options.ENGINES[0]


class TorchBackend(Backend):
    """HRNet in PyTorch, and ONNX networks. PyTorch itself loads when the first network is built."""

    command: ClassVar[str] = "zoo-torch"
    distributions: ClassVar[Sequence[str]] = ("zoo-torch", "torch", "onnx", "onnxruntime", "openvino")
    default_model: ClassVar[str] = "hrnet_demo"
    default_precisions: ClassVar[Sequence[str]] = ("fp32", "w8a8", "w4a8", "int8")

    def __init__(self) -> None:
        self.registry = Registry("zoo_torch")

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add where weights come from, how they are quantized, and what runs them."""
        options.add_weight_arguments(parser)
        options.add_recipe_arguments(parser)
        options.add_calibration_preset(parser)
        options.add_running_arguments(parser)

    def prepare(self, card: Card, args: argparse.Namespace) -> None:
        """Let ``--cfg`` fill in what the command line leaves open: protocol, weights, and, to evaluate, data and boxes.

        Raises:
            ZooError: the configuration is no good, or wants a detector's boxes and names none.
        """
        if args.cfg is None and not args.cfg_opts:
            return
        from zoo_torch.networks.config import read_config

        config = read_config(args.cfg, args.cfg_opts)
        said = {"flip_test"} if args.flip_test is not None else set()
        fields = {name: value for name, value in config.task_options.items() if name not in said}
        args.set = ["{}={}".format(name, _plain(value)) for name, value in fields.items()] + args.set
        args.weights = args.weights or config.weights
        if args.command not in ("evaluate", "predict"):
            return
        if args.cfg is not None or "DATASET.TEST_SET" in args.cfg_opts:
            args.split = args.split or config.split
        if args.data is None and config.data is not None:
            args.data = Path(config.data)
        if args.batch_size == BATCH_SIZE:
            args.batch_size = config.batch_size
        if not config.ground_truth_boxes:
            args.boxes = args.boxes or config.box_file
            if args.boxes is None:
                raise ZooError("TEST.USE_GT_BBOX is false: name the boxes by TEST.COCO_BBOX_FILE or --boxes")
            args.box_threshold = config.box_threshold if args.box_threshold is None else args.box_threshold

    def build(self, card: Card, precision: str, calibration: CalibrationSet, args: argparse.Namespace) -> Built:
        """Build the network; see `Backend.build`."""
        recipe = card.precisions[precision]
        builder = card.builder_among(source.BUILDERS)
        device = check_running(recipe, args, builder)
        set_threads(args)
        size = calibration.task.input_shape[1:]
        if builder == "onnx":
            return _build_onnx(card, size, args)
        from zoo_torch.network import SimulatedNetwork, eager_float, executed_float, executed_integers
        from zoo_torch.recipe import quantize

        found = source.open_hrnet(card, recipe, size, args)
        if recipe.weight_bits > 8:
            if device == "cuda" or args.engine == "eager":
                return Built(eager_float(found, recipe, device), found.files)
            return Built(executed_float(found, recipe, args.engine or DEFAULT_ENGINE, args.threads), found.files)
        quantized = quantize(card, recipe, found, calibration, args, device)
        files = found.files + quantized.files
        if recipe.execution == "simulated":
            return Built(SimulatedNetwork(quantized, recipe, device), files)
        return Built(executed_integers(quantized, recipe, args.engine or DEFAULT_ENGINE, args.threads), files)


def check_running(recipe: Recipe, args: argparse.Namespace, builder: str) -> str:
    """Return ``cpu`` or ``cuda``.

    Raises:
        ZooError: CUDA is asked for and not there, or the engine or the device cannot run this precision.
    """
    device = args.device
    if device != "cpu":
        import torch

        if device == "cuda" and not torch.cuda.is_available():
            raise ZooError("--device cuda: this PyTorch ({}) finds no CUDA device".format(torch.__version__))
        device = "cuda" if torch.cuda.is_available() else "cpu"
    integers = recipe.execution == "executed" and recipe.weight_bits <= 8
    if device == "cuda" and (integers or builder == "onnx"):
        if args.device == "auto":
            return "cpu"
        raise ZooError("--device cuda: executed integers and ONNX networks run on the CPU here")
    if args.engine == "eager" and (integers or builder == "onnx"):
        raise ZooError("--engine eager: PyTorch runs no {} here".format("integers" if integers else "ONNX networks"))
    if device == "cuda" and args.engine not in (None, "eager"):
        raise ZooError("--engine {}: runs on the CPU, --device cuda was asked for".format(args.engine))
    return device


def set_threads(args: argparse.Namespace) -> None:
    """Give PyTorch the threads asked for."""
    if args.threads is not None:
        import torch

        torch.set_num_threads(args.threads)


def _build_onnx(card: Card, size: Any, args: argparse.Namespace) -> Built:
    from zoo_torch.network import opened_onnx

    for flag in ("--weights", "--quantized-weights", "--encodings", "--cfg", "--cfg-opts"):
        if getattr(args, flag[2:].replace("-", "_")):
            raise ZooError("{}: {} is an ONNX network; it takes --onnx alone".format(flag, card.name))
    path = source.onnx_file(card, args)
    return Built(opened_onnx(path, size, args.engine or DEFAULT_ENGINE, args.threads), [source.reference(path)])


def _plain(value: Any) -> str:
    import json

    return json.dumps(list(value) if isinstance(value, tuple) else value)
