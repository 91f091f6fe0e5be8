"""COCO on disk: layouts, annotations, photographs and results files."""

from zoo_common.coco.check import Report, check
from zoo_common.coco.dataset import CocoDataset, ImageInfo
from zoo_common.coco.images import read_image, read_size
from zoo_common.coco.layout import open_annotations, open_coco
from zoo_common.coco.results import read_results, write_results

__all__ = [
    "CocoDataset",
    "ImageInfo",
    "Report",
    "check",
    "open_annotations",
    "open_coco",
    "read_image",
    "read_results",
    "read_size",
    "write_results",
]
