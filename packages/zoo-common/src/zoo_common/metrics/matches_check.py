"""Whether arrays of matches that were read fit together: what follows from them indexes one by another."""

from typing import TYPE_CHECKING, Dict, NamedTuple, Optional, Tuple

import numpy as np

from zoo_common.errors import ZooError
from zoo_common.files import PathLike
from zoo_common.metrics.protocol import PROTOCOLS, THRESHOLDS

if TYPE_CHECKING:
    from zoo_common.metrics.matches import Matches

JOINTS = {"keypoints": 17, "bbox": 0}


class _Array(NamedTuple):
    """dtype, the lengths by letter, and for indices what they count and the least."""

    dtype: str
    shape: str
    of: Optional[str] = None
    least: int = 0


_ARRAYS: Dict[str, _Array] = {
    "image_ids": _Array("int64", "I"),
    "category_ids": _Array("int64", "K"),
    "dt_image": _Array("int32", "D", of="I"),
    "dt_category": _Array("int32", "D", of="K"),
    "dt_rank": _Array("int32", "D"),
    "dt_score": _Array("float64", "D"),
    "dt_index": _Array("int64", "D"),
    "dt_match": _Array("int32", "ATD", of="G", least=-1),
    "dt_ignored": _Array("bool", "ATD"),
    "gt_id": _Array("int64", "G"),
    "gt_image": _Array("int32", "G", of="I"),
    "gt_category": _Array("int32", "G", of="K"),
    "gt_ignored": _Array("bool", "AG"),
    "gt_best": _Array("float64", "G"),
    "gt_match": _Array("int32", "ATG", of="D", least=-1),
    "gt_nearest": _Array("int32", "G", of="D", least=-1),
    "joint_oks": _Array("float32", "GJ"),
    "joint_px": _Array("float32", "GJ"),
}


def require_consistent(matches: "Matches", source: PathLike) -> None:
    """Check type, dtypes, shapes and indices.

    Raises:
        ZooError: names the file, the array and what is wrong with it.
    """
    if not isinstance(matches.type, str) or matches.type not in PROTOCOLS:
        raise ZooError("{}: type: {!r} is none of {}".format(source, matches.type, ", ".join(PROTOCOLS)))
    lengths = {
        "A": len(PROTOCOLS[matches.type].areas),
        "T": len(THRESHOLDS),
        "J": JOINTS[matches.type],
        "I": _length(matches.image_ids),
        "K": _length(matches.category_ids),
        "D": _length(matches.dt_image),
        "G": _length(matches.gt_id),
    }
    for name, wanted in _ARRAYS.items():
        found = getattr(matches, name)
        shape: Tuple[int, ...] = tuple(lengths[letter] for letter in wanted.shape)
        if not isinstance(found, np.ndarray) or (str(found.dtype), found.shape) != (wanted.dtype, shape):
            text = "{}: {}: {} where {} {} is needed"
            raise ZooError(text.format(source, name, _kind(found), wanted.dtype, list(shape)))
        if wanted.of is not None and found.size and not _within(found, wanted.least, lengths[wanted.of]):
            raise ZooError("{}: {}: an index from {} to {}".format(source, name, found.min(), found.max()))
    for name in ("dt_index", "dt_rank"):
        if (getattr(matches, name) < 0).any():
            raise ZooError("{}: {}: holds a negative number".format(source, name))
    if not np.isfinite(matches.dt_score).all():
        raise ZooError("{}: dt_score: holds values that are not finite".format(source))


def _length(array: np.ndarray) -> int:
    return len(array) if isinstance(array, np.ndarray) and array.ndim else 0


def _kind(array: np.ndarray) -> str:
    return "{} {}".format(array.dtype, list(array.shape)) if isinstance(array, np.ndarray) else "bytes"


def _within(array: np.ndarray, least: int, stop: int) -> bool:
    return bool(array.min() >= least and array.max() < stop)
