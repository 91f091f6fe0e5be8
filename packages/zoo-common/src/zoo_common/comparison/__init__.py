"""Two runs held against each other: how large the difference is, and whether it is real."""

from zoo_common.comparison.compare import compare_runs
from zoo_common.comparison.result import AnnotationChange, Change, Comparison, ImageChange, Interval

__all__ = ["AnnotationChange", "Change", "Comparison", "ImageChange", "Interval", "compare_runs"]
