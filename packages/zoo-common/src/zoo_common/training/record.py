"""How trained weights came about, written beside them."""

import platform
from typing import Any, Dict, Sequence

import numpy as np

from zoo_common.files import PathLike, write_json
from zoo_common.training.recipe import Schedule


def save_record(
    path: PathLike,
    files: Dict[str, str],
    recipe: Schedule,
    data: Dict[str, Any],
    losses: Sequence[float],
    machine: Dict[str, Any],
    versions: Dict[str, str],
) -> None:
    """Write the training record: recipe, data, loss curve, versions, and the hashes of the files it describes.

    Args:
        files: SHA-256 by file name.
        data: what was trained on.
        machine: threads, wall time; what may differ between two runs of the recipe.
        versions: the distributions that took part.
    """
    curve = [round(float(np.mean(part)), 4) for part in np.array_split(losses, min(20, len(losses)))]
    write_json(
        path,
        {
            "data": data,
            "files": files,
            "loss": {"iterations": len(losses), "mean_of_each_twentieth": curve},
            "machine": machine,
            "recipe": recipe.model_dump(mode="json"),
            "versions": dict(versions, python=platform.python_version()),
        },
    )
