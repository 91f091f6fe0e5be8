"""From heatmaps to joints: flip averaging, arg-max with quarter offset, DARK, DSNT."""

from zoo_common.heatmaps.dark import decode_dark
from zoo_common.heatmaps.decode import argmax, decode_quarter
from zoo_common.heatmaps.dsnt import decode_dsnt
from zoo_common.heatmaps.flip import flip_average

__all__ = ["argmax", "decode_dark", "decode_dsnt", "decode_quarter", "flip_average"]
