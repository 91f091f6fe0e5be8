"""Scoring files without building Python objects: hotcoco reads them itself, after a check of the raw bytes.

hotcoco accepts files with holes (a detection without a score, too few keypoints) and scores what is left.
The check here recognises files that have none, and hands every other file back to the careful reader, which
either scores it or names the fault.
"""

import contextlib
import importlib
import os
import re
import sys
from pathlib import Path
from typing import Any, Iterator, List, NamedTuple, Optional

import numpy as np

from zoo_common.metrics.engines import run_hotcoco, silent

# Values that may overflow to infinity, escapes, and holes.
_DOUBTFUL = (b"null", b"\\", b"e+", b"E+")
_SOUND = rb'"(?:(?:width|height)"\s*:\s*[1-9]\d*\s*[,}]|file_name"\s*:\s*"[^"\s]|area"\s*:\s*\d'
_SOUND += rb'|(?:%s)"\s*:\s*\d+\s*[,}]|iscrowd"\s*:\s*[01]\s*[,}])'
_SOUND_FIELDS = {
    "bbox": re.compile(_SOUND % b"image_id|category_id"),
    "keypoints": re.compile(_SOUND % b"image_id|category_id|num_keypoints"),
}
_INTEGER_IDS = re.compile(rb'"(?:image|category)_id"\s*:\s*\d+\s*[,}]')


class QuickScore(NamedTuple):
    """``stats`` as COCOeval's; images scored and detections on them."""

    stats: List[float]
    image_count: int
    detection_count: int


def score_files(ground_truth: Any, results: Any, type: str) -> Optional[QuickScore]:
    """Score two files with hotcoco; None if one isn't a file or isn't plainly free of faults."""
    if not all(isinstance(side, (str, os.PathLike)) for side in (ground_truth, results)):
        return None
    hotcoco = importlib.import_module("hotcoco")
    with silent(), _no_standard_error():
        try:
            truth = hotcoco.COCO(str(ground_truth))
            found = truth.load_res(str(results))
            data = Path(ground_truth).read_bytes(), Path(results).read_bytes()
        except (ValueError, TypeError, KeyError, OSError, OverflowError):
            return None
        ids, annotations, detections = truth.get_img_ids(), truth.get_ann_ids(), len(found.get_ann_ids())
        categories = len(truth.get_cat_ids())
        plain = (
            not (truth.load_warnings or found.load_warnings)
            and min(len(ids), categories, len(annotations), detections) > 0
            and min(annotations) > 0
            and _plain_ground_truth(data[0], type, len(ids), len(annotations), categories)
            and _plain_results(data[1], type, detections)
        )
        return QuickScore(run_hotcoco(hotcoco, truth, found, type), len(ids), detections) if plain else None


@contextlib.contextmanager
def _no_standard_error() -> Iterator[None]:
    # hotcoco's warnings come from below Python. They aren't lost: a file that draws one is read again, carefully.
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _plain_ground_truth(data: bytes, type: str, images: int, annotations: int, categories: int) -> bool:
    counts = dict.fromkeys(("area", "category_id", "image_id", "bbox"), annotations)
    counts.update(dict.fromkeys(("width", "height", "file_name"), images))
    if type == "keypoints":
        counts["num_keypoints"] = annotations
    if any(data.count(b'"%s"' % field.encode()) != count for field, count in counts.items()):
        return False
    sound = sum(counts.values()) - annotations + data.count(b'"iscrowd"')
    if any(mark in data for mark in _DOUBTFUL) or len(_SOUND_FIELDS[type].findall(data)) != sound:
        return False
    # A category lists its joints' names under the same key.
    extra = data.count(b'"keypoints"') - annotations
    return type == "bbox" or (0 <= extra <= categories and _full_arrays(data, b'"keypoints"', 50) == annotations)


def _plain_results(data: bytes, type: str, detections: int) -> bool:
    # COCO decides by the first entry's fields how it reads all of them.
    doubtful = _DOUBTFUL + (b'"segmentation"', b'"caption"')
    if data.lstrip()[:1] != b"[" or any(word in data for word in doubtful):
        return False
    if data.count(b'"score"') != detections or len(_INTEGER_IDS.findall(data)) != 2 * detections:
        return False
    boxes = data.count(b'"bbox"')
    if type == "bbox":
        return boxes == detections
    full = _full_arrays(data, b'"keypoints"', 50)
    return boxes in (0, detections) and data.count(b'"keypoints"') == detections == full


def _full_arrays(data: bytes, key: bytes, commas: int) -> int:
    """Return how many arrays under a key have exactly so many commas."""
    buffer = np.frombuffer(data, np.uint8)
    opens, closes, separators = (np.flatnonzero(buffer == ord(mark)) for mark in "[],")
    places, start = [], data.find(key)
    while start >= 0:
        places.append(start)
        start = data.find(key, start + len(key))
    first = np.searchsorted(opens, np.array(places, np.int64))
    if not places or first.max() >= len(opens) or opens[first].max() > closes[-1]:
        return 0
    begin = opens[first]
    end = closes[np.searchsorted(closes, begin)]
    return int(np.sum(np.searchsorted(separators, end) - np.searchsorted(separators, begin) == commas))
