"""From a model card to a network: the one place where cards, weights and quantizer meet."""

import argparse
from pathlib import Path
from typing import Any, ClassVar, Dict, List, Optional, Sequence, Tuple

from zoo_common.cards import Card, Registry, resolve_weights
from zoo_common.console import positive
from zoo_common.errors import ZooError, did_you_mean
from zoo_common.files import read_json, sha256_file
from zoo_common.frontend import Backend, Built, CalibrationSet
from zoo_common.runs.manifest import WeightsRef
from zoo_mxnet import threads

CALIBRATION_BATCH = 32


class MXNetBackend(Backend):
    """GluonCV simple pose and exported networks. MXNet itself loads when the first network is built."""

    command: ClassVar[str] = "zoo-mxnet"
    distributions: ClassVar[Sequence[str]] = ("zoo-mxnet", "mxnet", "gluoncv")
    default_model: ClassVar[str] = "simple_pose_demo"

    def __init__(self) -> None:
        self.registry = Registry("zoo_mxnet")

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add where weights come from, and how int8 is made."""
        add_weight_arguments(parser)
        add_recipe_arguments(parser)
        add_saved_argument(parser)
        threads.add_arguments(parser)

    def build(self, card: Card, precision: str, calibration: CalibrationSet, args: argparse.Namespace) -> Built:
        """Build the network; see `Backend.build`."""
        threads.configure_once(args)
        from zoo_mxnet.network import FloatNetwork, Int8Network
        from zoo_mxnet.quantize.quantized_net import load_quantized

        size = calibration.task.input_shape[1:]
        recipe = card.precisions[precision]
        if recipe.weight_bits <= 8 and args.quantized_prefix is not None:
            quantized = load_quantized(args.quantized_prefix, input_size=size)
            check_joints(quantized, args.num_joints)
            return Built(Int8Network(quantized), saved_files(args.quantized_prefix))
        net, files = float_net(card, size, args)
        if recipe.weight_bits > 8:
            return Built(FloatNetwork(net), files)
        return Built(Int8Network(quantize_card(card, precision, net, calibration, args)), files)


def add_weight_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--params-file`` and ``--model-prefix``."""
    group = parser.add_argument_group("weights (default: the card's, or GluonCV's cache and model store)")
    group.add_argument("--params-file", metavar="FILE", help="Gluon parameters of the network")
    group.add_argument("--model-prefix", metavar="P", help="exported network: P-symbol.json with P-0000.params")
    group.add_argument("--num-joints", type=positive, metavar="K", help="fail unless the network has K heatmaps")


def add_saved_argument(parser: argparse.ArgumentParser) -> None:
    """Add ``--quantized-prefix``."""
    parser.add_argument("--quantized-prefix", metavar="P", help="run a saved int8 network instead of calibrating")


def add_recipe_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the int8 recipe; each overrides the card."""
    group = parser.add_argument_group("int8 recipe (default: the card's)")
    group.add_argument("--calib-mode", metavar="MODE", help="none, naive, entropy or mse")
    group.add_argument("--last-conv", metavar="KIND", help="int32, int8 or fp32: how the heatmaps are made")
    group.add_argument("--exclude", metavar="LAYERS", help="comma-separated convolutions that stay fp32")
    group.add_argument("--activation-bits", type=int, metavar="BITS", help="8, or 7 for CPUs without VNNI")


def float_net(card: Card, size: Tuple[int, int], args: argparse.Namespace) -> Tuple[Any, List[WeightsRef]]:
    """Return the float network of a card at an input size (height, width) and the files its weights came from.

    Raises:
        ZooError: the weights are absent or do not fit, or the network has not ``--num-joints`` heatmaps.
    """
    net, files = _open_float_net(card, size, args)
    check_joints(net, args.num_joints)
    return net, files


def _open_float_net(card: Card, size: Tuple[int, int], args: argparse.Namespace) -> Tuple[Any, List[WeightsRef]]:
    from zoo_mxnet.networks.exported import exported_files, load_exported
    from zoo_mxnet.networks.weights import find_weights
    from zoo_mxnet.networks.zoo import build

    builder, options = card.network.builder, card.network.options
    if args.model_prefix is not None:
        files = exported_files(args.model_prefix, params=args.params_file)
        return load_exported(args.model_prefix, input_size=size, params=args.params_file), _references(files)
    if builder == "gluoncv":
        name = options["model"]
        if options.get("published") is False and args.params_file is None:
            raise ZooError("{}: nobody publishes its weights; give --params-file or --model-prefix".format(card.name))
        source = find_weights(name, args.params_file)
        return build(name, size, params_file=source), _references([source])
    if builder == "exported":
        roles = [item.role for item in card.weights]
        if "symbol" not in roles or "params" not in roles:
            raise ZooError("{}: give --model-prefix".format(card.name))
        files = (str(resolve_weights(card, "symbol")), args.params_file or str(resolve_weights(card, "params")))
        return load_exported(files[0], input_size=size, params=files[1]), _references(files)
    known = ("gluoncv", "exported")
    raise ZooError("{}: network.builder: unknown '{}'{}".format(card.path, builder, did_you_mean(builder, known)))


def quantize_card(card: Card, precision: str, net: Any, calibration: CalibrationSet, args: argparse.Namespace) -> Any:
    """Calibrate and quantize by the card's recipe, overridden by the command line."""
    from zoo_mxnet.quantize.pipeline import quantize

    return quantize(net, calibration.batches(CALIBRATION_BATCH), **quantizer_options(card, precision, net, args))


def quantizer_options(card: Card, precision: str, net: Any, args: argparse.Namespace) -> Dict[str, Any]:
    """Return the arguments of the quantizer: a named recipe, overridden by the card, overridden by the command line.

    The card names the recipe as ``recipe``; without one the network's kind decides. Its calibration mode ``auto``
    leaves the mode to the recipe.
    """
    from zoo_mxnet.quantize.recipes import recipe_options, recommended

    recipe = card.precisions[precision]
    own = dict(recipe.options)
    options = recipe_options(own.pop("recipe", None) or recommended(net), net)
    options.update(own)
    if recipe.calibration is None:
        options["mode"] = "none"
    elif recipe.calibration.mode != "auto":
        options["mode"] = recipe.calibration.mode
    for field, value in (
        ("mode", args.calib_mode),
        ("last_conv", args.last_conv),
        ("activation_bits", args.activation_bits),
        ("exclude", tuple(args.exclude.split(",")) if args.exclude else None),
    ):
        if value is not None:
            options[field] = value
    return options


def check_joints(net: Any, asked: Optional[int]) -> None:
    """Hold ``--num-joints`` against the network's output.

    Raises:
        ZooError: they differ.
    """
    if asked is None:
        return
    _, outputs, _ = net.symbol.infer_shape(data=(1,) + tuple(net.input_shape))
    if outputs[0][1] != asked:
        raise ZooError("--num-joints: {} asked for, {} has {} heatmaps".format(asked, net.name, outputs[0][1]))


def is_quantized(prefix: str) -> bool:
    """Tell whether an exported network is an int8 one.

    Raises:
        ZooError: there is none of this prefix, or its symbol file is broken.
    """
    from zoo_mxnet.networks.exported import exported_files

    nodes = read_json(exported_files(prefix)[0]).get("nodes", [])
    return any("quantize" in node.get("op", "") for node in nodes)


def saved_files(prefix: str) -> List[WeightsRef]:
    """Return the two files of a saved network, hashed."""
    from zoo_mxnet.networks.exported import exported_files

    return _references(exported_files(prefix))


def _references(files: Sequence[Optional[str]]) -> List[WeightsRef]:
    return [WeightsRef(file=Path(name).name, sha256=sha256_file(name)) for name in files if name]
