"""Bottom-up pose from heatmaps and part-affinity fields (Cao et al., CVPR 2017): input, decoding, a plain oracle."""

from zoo_common.paf.decode import MAX_PEAKS, Decoded, PafMaps, decode
from zoo_common.paf.fit import STRIDE, Fit, fit, lay
from zoo_common.paf.people import Person
from zoo_common.paf.skeleton import HEATMAPS, JOINTS, LIMBS, PAFS, TO_COCO

__all__ = [
    "HEATMAPS",
    "JOINTS",
    "LIMBS",
    "MAX_PEAKS",
    "PAFS",
    "STRIDE",
    "TO_COCO",
    "Decoded",
    "Fit",
    "PafMaps",
    "Person",
    "decode",
    "fit",
    "lay",
]
