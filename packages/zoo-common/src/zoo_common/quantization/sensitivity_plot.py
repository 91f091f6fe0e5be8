"""The ranking as a bar chart; matplotlib is imported when one is drawn."""

import math
from typing import Sequence

import numpy as np

from zoo_common.files import PathLike, atomic_open
from zoo_common.quantization.sensitivity import Sensitivity

BARS_PLOTTED = 40
COLOURS = {"weights": "tab:blue", "activations": "tab:orange"}


def plot_sensitivity(rows: Sequence[Sensitivity], path: PathLike, title: str, outputs: str = "heatmaps") -> None:
    """Draw the first forty rows as bars into a PNG file.

    Args:
        rows: ranked; those of infinite SQNR are left out.
        path: of the file.
        title: above the bars.
        outputs: whose SQNR it is.

    Raises:
        ZooError: the file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # slow to import
    from matplotlib.figure import Figure

    shown = [row for row in rows if math.isfinite(row.sqnr_db)][:BARS_PLOTTED]
    figure = Figure(figsize=(9, 1.2 + 0.2 * max(len(shown), 1)))
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    places = np.arange(len(shown))
    axes.barh(places, [row.sqnr_db for row in shown], color=[COLOURS[row.kind] for row in shown])
    axes.set_yticks(places)
    axes.set_yticklabels(["{} ({}, {} bits)".format(row.layer, row.kind, row.bits) for row in shown], fontsize=7)
    axes.invert_yaxis()
    axes.set_xlabel("SQNR of the {}, dB".format(outputs))
    axes.set_title(title)
    with atomic_open(path, "wb") as stream:
        figure.savefig(stream, format="png", dpi=120, bbox_inches="tight")
