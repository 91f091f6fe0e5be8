"""From a folded network and calibration samples to a quantization: as the command line says, else the card."""

import argparse
import itertools
import logging
from typing import TYPE_CHECKING, Any, Dict, List, NamedTuple, Tuple

from zoo_common.cards import Card
from zoo_common.cards.parts import Recipe
from zoo_common.errors import ZooError
from zoo_common.files import read_json
from zoo_common.frontend import CalibrationSet
from zoo_common.runs.manifest import WeightsRef
from zoo_torch.options import SCHEMES
from zoo_torch.source import Source, encodings_file, reference

if TYPE_CHECKING:
    from zoo_common.quantization.encoding import Encoding
    from zoo_torch.quantize.graph import FoldedGraph, Quantization

LOG = logging.getLogger(__name__)
CALIBRATION_BATCH = 32
SEARCH_BATCHES = 2


class Quantized(NamedTuple):
    """A quantized network.

    Attributes:
        graph: its weights may have been equalised or moved to better grid points.
        quantization: the grids.
        about: what was done, and the size of the float network, for the manifest.
        files: encodings that were read.
    """

    graph: "FoldedGraph"
    quantization: "Quantization"
    about: Dict[str, Any]
    files: List[WeightsRef]


def quantize(
    card: Card, recipe: Recipe, source: Source, calibration: CalibrationSet, args: argparse.Namespace, device: str
) -> Quantized:
    """Quantize a network.

    Raises:
        ZooError: the encodings do not fit the network or the bit width, or calibration is impossible.
    """
    from zoo_torch.quantize.encodings import read_encodings

    options = recipe_options(card, recipe, args)
    path = encodings_file(card, recipe, args)
    files = [reference(path)] if path is not None else []
    about = {key: value for key, value in options.items() if value not in (False, "nearest")}
    about.update(source.size())
    if path is not None and _is_complete(path):
        _refuse(args, "--encodings {}: complete encodings leave nothing to calibrate".format(path))
        found = read_encodings(path, source.graph, args.semantics)
        _check_widths(str(path), found, recipe)
        about.update(encodings="given", semantics=found.semantics)
        return _narrowed(Quantized(source.graph, found, about, files), recipe, args)
    graph, quantization = _calibrate(recipe, source.graph, calibration, options, path, device)
    about["encodings"] = "weights given" if files else "calibrated"
    return _narrowed(Quantized(graph, quantization, about, files), recipe, args)


def _narrowed(quantized: Quantized, recipe: Recipe, args: argparse.Namespace) -> Quantized:
    from zoo_torch.execute.integers import narrow_weights

    if not args.narrow_weights or recipe.execution == "simulated":
        return quantized
    quantization = narrow_weights(quantized.graph, quantized.quantization)
    return quantized._replace(quantization=quantization, about=dict(quantized.about, narrow_weights=True))


def recipe_options(card: Card, recipe: Recipe, args: argparse.Namespace) -> Dict[str, Any]:
    """Return scheme, semantics, cle and weight_search.

    Raises:
        ZooError: the card asks for what does not exist.
    """
    scheme = args.scheme or (recipe.calibration.mode if recipe.calibration is not None else SCHEMES[0])
    if scheme not in SCHEMES:
        raise ZooError("{}: calibration.mode: '{}' is none of {}".format(card.path, scheme, ", ".join(SCHEMES)))
    own = dict({"semantics": "aimet-1.24", "cle": False, "weight_search": "nearest"}, **recipe.options)
    return {
        "scheme": scheme,
        "semantics": args.semantics or own["semantics"],
        "cle": args.cle or own["cle"],
        "weight_search": args.weight_search if args.weight_search != "nearest" else own["weight_search"],
    }


def _calibrate(
    recipe: Recipe, graph: "FoldedGraph", calibration: CalibrationSet, options: Dict[str, Any], path: Any, device: str
) -> "Tuple[FoldedGraph, Quantization]":
    from zoo_torch.quantize.calibrate import calibrate
    from zoo_torch.quantize.equalise import equalise

    frozen = _frozen(path, graph, recipe.weight_bits)
    search = options["weight_search"]
    if frozen and (options["cle"] or search != "nearest"):
        raise ZooError("{}: holds weights where they are; leave out --cle and --weight-search".format(path))
    graph = equalise(graph) if options["cle"] else graph
    graph, parameters = _search(search, graph, calibration, recipe.weight_bits)
    quantization = calibrate(
        graph,
        calibration.batches(CALIBRATION_BATCH),
        scheme=options["scheme"],
        param_bits=recipe.weight_bits,
        output_bits=recipe.activation_bits,
        semantics=options["semantics"],
        frozen_parameters=dict(parameters, **frozen),
        device=device,
    )
    return graph, quantization


def _search(
    name: str, graph: "FoldedGraph", calibration: CalibrationSet, bits: int
) -> "Tuple[FoldedGraph, Dict[str, Encoding]]":
    """Move weights to better grid points; a search looks at the first crops of the calibration."""
    if name == "nearest":
        return graph, {}
    batches = itertools.islice(calibration.batches(CALIBRATION_BATCH), SEARCH_BATCHES)
    if name == "seqmse":
        from zoo_torch.quantize.seqmse import seqmse

        return graph, seqmse(graph, batches, bits, progress=True)
    from zoo_torch.quantize.adaround import adaround

    rounded = adaround(graph, batches, bits, progress=True)
    return rounded.graph, rounded.parameters


def _frozen(path: Any, graph: "FoldedGraph", bits: int) -> Dict[str, Any]:
    from zoo_torch.quantize.encodings import read_weight_encodings

    if path is None:
        return {}
    found = read_weight_encodings(path, graph, bits)
    if found.unknown or found.missing:
        LOG.warning(
            "%s: %d encodings name no weight of the network, %d weights have none and get their own min-max",
            path,
            len(found.unknown),
            len(found.missing),
        )
    return dict(found.parameters)


def _is_complete(path: Any) -> bool:
    document = read_json(path)
    return isinstance(document, dict) and bool(document.get("activation_encodings"))


def _refuse(args: argparse.Namespace, why: str) -> None:
    if args.cle or args.weight_search != "nearest" or args.scheme is not None:
        raise ZooError(why + "; leave out --cle, --weight-search and --scheme")


def _check_widths(path: str, found: "Quantization", recipe: Recipe) -> None:
    for what, encodings, asked in (
        ("weights", found.parameters, recipe.weight_bits),
        ("activations", found.outputs, recipe.activation_bits),
    ):
        other = sorted({encoding.bits for encoding in encodings.values()} - {asked})
        if other and not any(encoding.bits == asked for encoding in encodings.values()):
            raise ZooError("{}: its {} have {} bits, {} were asked for".format(path, what, other[0], asked))
