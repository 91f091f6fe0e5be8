"""Whether encodings that were read belong to this network: beyond names, their widths and their reach."""

import logging
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo_common.errors import ZooError
from zoo_tf1.settings import Settings

if TYPE_CHECKING:
    from zoo_tf1.quantsim.simulation import Simulation

LOG = logging.getLogger(__name__)
REACH, LEAST = 1.1, 0.02
"""A weight's grid reaches no further than the weight, but for a step and the least range of 0.01."""


def check_encodings(path: Any, simulation: "Simulation", settings: Settings, freeze: bool) -> None:
    """Check what a file gave a simulation.

    Warns of quantizers without encoding (their tensors stay unrounded) and of grids that reach beyond the weights:
    those were made for other weights, e.g. before or after equalisation.

    Raises:
        ZooError: no encoding has the bit width asked for.
    """
    found = simulation.quantization
    assert found is not None
    on = simulation.placement.enabled()
    for what, encodings, asked in (
        ("weights", found.parameters, settings.param_bits),
        ("activations", found.activations, settings.output_bits),
    ):
        widths = sorted({encoding.bits for encoding in encodings.values()})
        if widths and asked not in widths:
            raise ZooError("{}: its {} have {} bits, {} were asked for".format(path, what, widths[0], asked))
    missing = sorted((set(on.activations) - set(found.activations)) | (set(on.parameters) - set(found.parameters)))
    if missing and not freeze:
        LOG.warning(
            "%s: no encoding for %d tensors, such as '%s:0': they stay unrounded (--freeze calibrates them)",
            path,
            len(missing),
            missing[0],
        )
    from zoo_tf1.quantsim.graph import Index

    index = Index(simulation.network.graph)
    for name, encoding in found.parameters.items():
        reach = max(np.max(np.abs(encoding.minimum)), np.max(np.abs(encoding.maximum)))
        largest = float(np.max(np.abs(index.constant(name))))
        if reach > REACH * largest + LEAST:
            LOG.warning(
                "%s: param_encodings: %s:0 reaches to %.4g, the weight only to %.4g: made for other weights "
                "(folded or equalised otherwise)?",
                path,
                name,
                reach,
                largest,
            )
            return
