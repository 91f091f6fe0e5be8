"""``paf_demo``: a bottom-up network small enough to live in the package, trained by this project on drawn people."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoo_tf1.quantsim.graph import Network

NAME = "paf_demo"
WEIGHTS = Path(__file__).resolve().parent.parent / "weights"
INPUT = "input"
OUTPUTS = ("heatmaps", "pafs")


def load_demo() -> "Network":
    """Open the committed graph.

    Raises:
        ZooError: the file is absent or no such graph.
    """
    from zoo_tf1.quantsim.load import load

    return load(WEIGHTS / (NAME + ".pb"), [INPUT], OUTPUTS)
