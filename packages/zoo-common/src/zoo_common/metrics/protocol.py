"""COCO's evaluation protocol: thresholds, area ranges, and the statistics it reports (pycocotools ``cocoeval.py``)."""

from typing import Dict, NamedTuple, Optional, Tuple

import numpy as np

THRESHOLDS = np.linspace(0.5, 0.95, 10)
"""float64 [10]: IoU or OKS from which a detection counts as a match."""
RECALLS = np.linspace(0.0, 1.0, 101)
"""float64 [101]: recalls at which precision is sampled."""

_ALL, _SMALL, _MEDIUM, _LARGE = (0.0, 1e10), (0.0, 32.0**2), (32.0**2, 96.0**2), (96.0**2, 1e10)


class Statistic(NamedTuple):
    """One reported number: a mean over categories, and over thresholds where ``threshold`` is None."""

    name: str
    precision: bool
    threshold: Optional[float]
    area: str
    max_detections: int

    def line(self, value: Optional[float]) -> str:
        """Return COCOeval's line for a value; what is undefined shows as COCO's -1.000."""
        title, short = ("Average Precision", "(AP)") if self.precision else ("Average Recall", "(AR)")
        threshold = "0.50:0.95" if self.threshold is None else "{:0.2f}".format(self.threshold)
        return " {:<18} {} @[ IoU={:<9} | area={:>6s} | maxDets={:>3d} ] = {:0.3f}".format(
            title, short, threshold, self.area, self.max_detections, -1.0 if value is None else value
        )


class Protocol(NamedTuple):
    """How one type of result is evaluated. Area ranges in pixels squared, both ends included."""

    areas: Dict[str, Tuple[float, float]]
    max_detections: Tuple[int, ...]
    statistics: Tuple[Statistic, ...]

    @property
    def names(self) -> Tuple[str, ...]:
        """The statistics' names in COCOeval's order."""
        return tuple(statistic.name for statistic in self.statistics)


PROTOCOLS = {
    "keypoints": Protocol(
        areas={"all": _ALL, "medium": _MEDIUM, "large": _LARGE},
        max_detections=(20,),
        statistics=(
            Statistic("AP", True, None, "all", 20),
            Statistic("AP50", True, 0.5, "all", 20),
            Statistic("AP75", True, 0.75, "all", 20),
            Statistic("APm", True, None, "medium", 20),
            Statistic("APl", True, None, "large", 20),
            Statistic("AR", False, None, "all", 20),
            Statistic("AR50", False, 0.5, "all", 20),
            Statistic("AR75", False, 0.75, "all", 20),
            Statistic("ARm", False, None, "medium", 20),
            Statistic("ARl", False, None, "large", 20),
        ),
    ),
    "bbox": Protocol(
        areas={"all": _ALL, "small": _SMALL, "medium": _MEDIUM, "large": _LARGE},
        max_detections=(1, 10, 100),
        statistics=(
            Statistic("AP", True, None, "all", 100),
            Statistic("AP50", True, 0.5, "all", 100),
            Statistic("AP75", True, 0.75, "all", 100),
            Statistic("APs", True, None, "small", 100),
            Statistic("APm", True, None, "medium", 100),
            Statistic("APl", True, None, "large", 100),
            Statistic("AR1", False, None, "all", 1),
            Statistic("AR10", False, None, "all", 10),
            Statistic("AR100", False, None, "all", 100),
            Statistic("ARs", False, None, "small", 100),
            Statistic("ARm", False, None, "medium", 100),
            Statistic("ARl", False, None, "large", 100),
        ),
    ),
}
