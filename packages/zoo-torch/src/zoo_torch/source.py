"""From a card and the command line to a folded network: the one place where weights are looked for."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Dict, List, NamedTuple, Optional, Tuple

from zoo_common.cards import Card, resolve_weights
from zoo_common.cards.parts import Recipe
from zoo_common.errors import ZooError, did_you_mean
from zoo_common.files import sha256_file
from zoo_common.runs.manifest import WeightsRef

if TYPE_CHECKING:  # PyTorch takes seconds to import, a faulty command line should not wait for it
    from zoo_torch.networks.hrnet import HRNet, HRNetConfig
    from zoo_torch.quantize.graph import FoldedGraph

BUILDERS = ("hrnet", "onnx")


class Source(NamedTuple):
    """A network before quantization.

    Attributes:
        model: `HRNet` in evaluation mode.
        graph: the same, folded.
        files: what the weights came from.
    """

    model: "HRNet"
    graph: "FoldedGraph"
    files: List[WeightsRef]

    def size(self) -> Dict[str, int]:
        """Return ``parameters`` and ``multiply_adds`` of one input."""
        from zoo_torch.networks.counting import count_multiply_adds, count_parameters

        height, width = self.graph.input_shape[1:]
        return {
            "parameters": count_parameters(self.model),
            "multiply_adds": count_multiply_adds(self.model, (height, width)),
        }


def open_hrnet(card: Card, recipe: Recipe, size: Tuple[int, int], args: argparse.Namespace) -> Source:
    """Load and fold the HRNet of a card.

    Args:
        recipe: quantized precisions have weights of their own on some cards, and by ``--quantized-weights``.
        size: height and width of the input.

    Raises:
        ZooError: no weights, or weights of another network.
    """
    from zoo_torch.networks.checkpoint import load_hrnet
    from zoo_torch.quantize.trace import fold

    if args.onnx is not None:
        raise ZooError("--onnx: {} is no ONNX network; use the card `exported`".format(card.name))
    expected, asked_by = configuration(card, args)
    path = weights_file(card, recipe, args)
    model = load_hrnet(path, expected, asked_by)
    return Source(model, fold(model, (3,) + tuple(size)), [reference(path)])


def configuration(card: Card, args: argparse.Namespace) -> "Tuple[HRNetConfig, str]":
    """Return the network's shape and who asks for it: ``--cfg``, else the card."""
    from zoo_torch.networks.config import read_config
    from zoo_torch.networks.hrnet import HRNetConfig

    if args.cfg is not None or args.cfg_opts:
        return read_config(args.cfg, args.cfg_opts).network, args.cfg or "--cfg-opts"
    options = {key: tuple(value) if isinstance(value, list) else value for key, value in card.network.options.items()}
    unknown = [key for key in options if key not in HRNetConfig.__dataclass_fields__]
    if unknown:
        hint = did_you_mean(unknown[0], HRNetConfig.__dataclass_fields__)
        raise ZooError("{}: network.options: unknown '{}'{}".format(card.path, unknown[0], hint))
    return HRNetConfig(**options), "the card {}".format(card.name)


def weights_file(card: Card, recipe: Recipe, args: argparse.Namespace) -> Path:
    """Return the weights of a card at a precision.

    Raises:
        ZooError: nobody publishes them and none were given.
    """
    if recipe.weight_bits <= 8 and args.quantized_weights is not None:
        return Path(args.quantized_weights)
    if args.weights is not None:
        return Path(args.weights)
    roles = [item.role for item in card.weights]
    for role in (quantized_role(recipe), "fp32"):
        if role in roles:
            return resolve_weights(card, str(role))
    raise ZooError("{}: its weights cannot be downloaded by a program; give --weights FILE".format(card.name))


def quantized_role(recipe: Recipe) -> Optional[str]:
    """Return the name of a card's own weights for a recipe, such as ``w4a8``; simulated and executed share them."""
    return "w{}a{}".format(recipe.weight_bits, recipe.activation_bits) if recipe.weight_bits <= 8 else None


def encodings_file(card: Card, recipe: Recipe, args: argparse.Namespace) -> Optional[Path]:
    """Return the file of encodings to use: the command line's, else the card's for its own weights, else None."""
    if args.encodings is not None:
        return Path(args.encodings)
    role = "{}-encodings".format(quantized_role(recipe))
    others = args.weights is not None or args.quantized_weights is not None or getattr(args, "random_weights", False)
    if role in [item.role for item in card.weights] and not others:
        return resolve_weights(card, role)
    return None


def onnx_file(card: Card, args: argparse.Namespace) -> Path:
    """Return the model of an ONNX card.

    Raises:
        ZooError: neither ``--onnx`` nor the card names one.
    """
    if args.onnx is not None:
        return Path(args.onnx)
    if "model" in [item.role for item in card.weights]:
        return resolve_weights(card, "model")
    raise ZooError("{}: give --onnx FILE".format(card.name))


def reference(path: Path) -> WeightsRef:
    """Return a file by its content."""
    return WeightsRef(file=path.name, sha256=sha256_file(path))
