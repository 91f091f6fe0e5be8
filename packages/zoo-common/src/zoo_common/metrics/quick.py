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
from collections import Counter
from pathlib import Path
from typing import Any, Iterator, List, NamedTuple, Optional

from zoo_common.metrics.engines import run_hotcoco, silent

# Holes, values that may overflow to infinity, and escapes that could hide a field's name.
_DOUBTFUL = (b"null", b"\\u", b'\\"')
_SOUND_FIELD = re.compile(
    rb'"((?:width|height)(?="\s*:\s*[1-9]\d*\s*[,}])|file_name(?="\s*:\s*"[^"\s])|area(?="\s*:\s*\d)|bbox(?="\s*:\s*\[)'
    rb'|(?:image_id|category_id|num_keypoints)(?="\s*:\s*\d+\s*[,}])|iscrowd(?="\s*:\s*[01]\s*[,}]))'
)
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
    expected = dict.fromkeys((b"area", b"category_id", b"image_id", b"bbox"), annotations)
    expected.update(dict.fromkeys((b"width", b"height", b"file_name"), images))
    if type == "keypoints":
        expected[b"num_keypoints"] = annotations
    sound = Counter(_SOUND_FIELD.findall(data))
    if _doubtful(data) or any(sound[field] != count for field, count in expected.items()):
        return False
    if sound[b"iscrowd"] != annotations and sound[b"iscrowd"] != data.count(b'"iscrowd"'):
        return False
    # A category lists its joints' names under the same key.
    extra = data.count(b'"keypoints"') - annotations
    return type == "bbox" or (0 <= extra <= categories and _full_arrays(data, b'"keypoints"', 50) == annotations)


def _plain_results(data: bytes, type: str, detections: int) -> bool:
    if data.lstrip()[:1] != b"[" or _doubtful(data):
        return False
    # COCO decides by the first entry's fields how it reads all of them. Four fields are eight quotes.
    if data.count(b'"') != 8 * detections and any(word in data for word in (b'"segmentation"', b'"caption"')):
        return False
    if data.count(b'"score"') != detections or len(_INTEGER_IDS.findall(data)) != 2 * detections:
        return False
    boxes = data.count(b'"bbox"')
    if type == "bbox":
        return boxes == detections
    return boxes in (0, detections) and _full_arrays(data, b'"keypoints"', 50) == detections


def _doubtful(data: bytes) -> bool:
    return any(mark in data for mark in _DOUBTFUL) or (b"+" in data and (b"e+" in data or b"E+" in data))


def _full_arrays(data: bytes, key: bytes, commas: int) -> int:
    """Return how many arrays under a key have exactly so many commas; -1 where one isn't an array."""
    full, place = 0, data.find(key)
    while place >= 0:
        begin = data.find(b"[", place)
        end = data.find(b"]", begin)
        if begin < 0 or end < 0:
            return -1
        full += data.count(b",", begin, end) == commas
        place = data.find(key, end)
    return full
