"""COCO average precision and recall, and the matches behind them."""

from zoo_common.metrics.accumulate import ap_from_matches
from zoo_common.metrics.inputs import Inputs, prepare
from zoo_common.metrics.matches import Matches, compute_matches, load_matches, match_inputs
from zoo_common.metrics.protocol import PROTOCOLS
from zoo_common.metrics.score import Score, score, score_inputs

__all__ = [
    "PROTOCOLS",
    "Inputs",
    "Matches",
    "Score",
    "ap_from_matches",
    "compute_matches",
    "load_matches",
    "match_inputs",
    "prepare",
    "score",
    "score_inputs",
]
