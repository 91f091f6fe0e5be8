"""Who matched whom: the arrays from which every statistic, of all images or of a resample, follows."""

import io
import json
import zipfile
from dataclasses import dataclass, fields
from typing import Any, Dict, Iterable, List, Optional, Tuple

import numpy as np

from zoo_common.errors import ZooError
from zoo_common.files import PathLike, atomic_open
from zoo_common.metrics.inputs import GroundTruth, Inputs, Results, prepare
from zoo_common.metrics.matches_check import require_consistent
from zoo_common.metrics.matching import candidate_pairs, match
from zoo_common.metrics.nearest import joint_errors, nearest
from zoo_common.metrics.protocol import PROTOCOLS, THRESHOLDS
from zoo_common.metrics.similarity import pair_similarity, shapes_of

FORMAT = 2


@dataclass(frozen=True, eq=False)
class Matches:
    """COCOeval's per-image matches. A: area ranges, T: thresholds, D: detections, G: annotations.

    Detections are those that COCOeval looks at (the best 20 people, or 100 boxes a category, of an image), by
    category, image and falling score; annotations by category, image and place in the file.

    Attributes:
        type: ``keypoints`` or ``bbox``.
        image_ids: int64 [I], ascending.
        category_ids: int64 [K], ascending.
        dt_image: int32 [D], index into ``image_ids``.
        dt_category: int32 [D], index into ``category_ids``.
        dt_rank: int32 [D], place by score in its image and category, from 0.
        dt_score: float64 [D].
        dt_index: int64 [D], place in the results list.
        dt_match: int32 [A, T, D], index of the annotation taken, or -1.
        dt_ignored: bool [A, T, D], counts neither as hit nor as false alarm.
        gt_id: int64 [G], annotation id.
        gt_image: int32 [G].
        gt_category: int32 [G].
        gt_ignored: bool [A, G], needn't be found.
        gt_best: float64 [G], highest IoU or OKS with any of the detections; NaN where the image has none.
        gt_match: int32 [A, T, G], index of the detection that took it, or -1 (of a crowd, the last that did).
        gt_nearest: int32 [G], index of the detection with that highest IoU or OKS, or -1.
        joint_oks: float32 [G, J], similarity of each joint alone to that detection's, 0 without one; NaN where the
            joint is not labelled. J is 17, or 0 for boxes.
        joint_px: float32 [G, J], distance in image pixels; NaN also without a detection.
    """

    type: str
    image_ids: np.ndarray
    category_ids: np.ndarray
    dt_image: np.ndarray
    dt_category: np.ndarray
    dt_rank: np.ndarray
    dt_score: np.ndarray
    dt_index: np.ndarray
    dt_match: np.ndarray
    dt_ignored: np.ndarray
    gt_id: np.ndarray
    gt_image: np.ndarray
    gt_category: np.ndarray
    gt_ignored: np.ndarray
    gt_best: np.ndarray
    gt_match: np.ndarray
    gt_nearest: np.ndarray
    joint_oks: np.ndarray
    joint_px: np.ndarray

    def save(self, path: PathLike) -> None:
        """Write an ``.npz`` file, atomically; the same matches give the same bytes.

        Raises:
            ZooError: the file cannot be written.
        """
        with atomic_open(path, "wb") as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            header = np.frombuffer(json.dumps({"format": FORMAT, "type": self.type}).encode(), np.uint8)
            for name, array in [("header", header)] + [(name, getattr(self, name)) for name in _arrays()]:
                buffer = io.BytesIO()
                np.lib.format.write_array(buffer, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False)
                entry = zipfile.ZipInfo(name + ".npy", (1980, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, buffer.getvalue(), zipfile.ZIP_DEFLATED, 1)


def load_matches(path: PathLike) -> Matches:
    """Read what `Matches.save` wrote.

    Raises:
        ZooError: unreadable or not such a file, or arrays that do not fit together; names the first.
    """
    try:
        with np.load(str(path), allow_pickle=False) as archive:
            header = json.loads(archive["header"].tobytes().decode())
            if header["format"] != FORMAT:
                raise ZooError(
                    "{}: format {} of matches, this version reads {}; zoo score RUN --data DIR makes them anew".format(
                        path, header["format"], FORMAT
                    )
                )
            found = Matches(type=header["type"], **{name: archive[name] for name in _arrays()})
    except ZooError:
        raise
    except OSError as error:
        raise ZooError("cannot read {}: {}".format(path, error.strerror or error)) from error
    except Exception as error:  # whatever a broken file makes the readers of its parts raise
        raise ZooError("{}: not a file of matches: {}".format(path, error or type(error).__name__)) from None
    require_consistent(found, path)
    return found


def compute_matches(
    ground_truth: GroundTruth, results: Results, type: str, image_ids: Optional[Iterable[int]] = None
) -> Matches:
    """Match detections to annotations as COCOeval does.

    Args:
        ground_truth: annotation file or dataset.
        results: results file or list of detections.
        type: ``keypoints`` or ``bbox``.
        image_ids: score these images only.

    Raises:
        ZooError: a faulty file or entry; names it.
    """
    return match_inputs(prepare(ground_truth, results, type, image_ids))


def match_inputs(inputs: Inputs) -> Matches:
    """Match prepared inputs; see `compute_matches`."""
    protocol = PROTOCOLS[inputs.type]
    images, categories = np.array(inputs.image_ids, np.int64), np.array(inputs.category_ids, np.int64)
    gt = _Side(inputs.annotations, images, categories)
    gt_order = gt.members[np.argsort(gt.keys, kind="stable")]
    dt = _Side(inputs.detections, images, categories)
    scores = np.array([entry["score"] for entry in inputs.detections], np.float64)
    order = np.lexsort((-scores[dt.members], dt.keys))
    keys = dt.keys[order]
    rank = np.arange(len(keys)) - np.searchsorted(keys, keys, side="left")
    kept = rank < protocol.max_detections[-1]
    dt_order, keys, rank = dt.members[order][kept], keys[kept], rank[kept]

    gt_keys = np.sort(gt.keys)
    pairs = candidate_pairs(keys, gt_keys)
    truth = [inputs.annotations[place] for place in gt_order]
    gt_areas = np.array([entry["area"] for entry in truth], np.float64)
    crowd, ignored = _ignored(truth, gt_areas, inputs.type)
    found = shapes_of([inputs.detections[place] for place in dt_order], inputs.type)
    shapes = shapes_of(truth, inputs.type)
    similarity = pair_similarity(found, shapes, gt_areas, crowd, pairs)
    matched = match(keys, pairs, similarity, ignored, crowd)
    close = nearest(pairs, similarity, len(gt_order))
    joint_oks, joint_px = joint_errors(found, shapes, gt_areas, close.detections)
    return Matches(
        type=inputs.type,
        image_ids=images,
        category_ids=categories,
        dt_image=(keys % len(images)).astype(np.int32) if len(images) else keys.astype(np.int32),
        dt_category=(keys // max(len(images), 1)).astype(np.int32),
        dt_rank=rank.astype(np.int32),
        dt_score=scores[dt_order],
        dt_index=np.array(inputs.places, np.int64)[dt_order],
        dt_match=matched.detections,
        dt_ignored=_detections_ignored(matched.detections, ignored, found.boxes[:, 2] * found.boxes[:, 3], inputs.type),
        gt_id=np.array([entry["id"] for entry in truth], np.int64),
        gt_image=(gt_keys % max(len(images), 1)).astype(np.int32),
        gt_category=(gt_keys // max(len(images), 1)).astype(np.int32),
        gt_ignored=ignored,
        gt_best=close.similarity,
        gt_match=matched.annotations,
        gt_nearest=close.detections,
        joint_oks=joint_oks,
        joint_px=joint_px,
    )


class _Side:
    """Entries whose category is known: their places and their group, category times images plus image."""

    def __init__(self, entries: Any, images: np.ndarray, categories: np.ndarray) -> None:
        category = np.array([entry["category_id"] for entry in entries], np.int64)
        image = np.searchsorted(images, np.array([entry["image_id"] for entry in entries], np.int64))
        index = np.searchsorted(categories, category)
        known = np.append(categories, -1)[index] == category if len(categories) else np.zeros(len(entries), bool)
        self.members = np.flatnonzero(known & (index < len(categories)))
        self.keys = (index * len(images) + image)[self.members]


def _ignored(entries: List[Dict[str, Any]], areas: np.ndarray, type: str) -> Tuple[np.ndarray, np.ndarray]:
    crowd = np.array([entry.get("iscrowd", 0) for entry in entries], bool)
    base = crowd
    if type == "keypoints":
        base = crowd | (np.array([entry["num_keypoints"] for entry in entries], np.int64) == 0)
    return crowd, np.stack([base | outside for outside in _outside(areas, type)])


def _outside(areas: np.ndarray, type: str) -> List[np.ndarray]:
    return [(areas < low) | (areas > high) for low, high in PROTOCOLS[type].areas.values()]


def _detections_ignored(matched: np.ndarray, ignored: np.ndarray, areas: np.ndarray, type: str) -> np.ndarray:
    result = np.repeat(np.stack(_outside(areas, type))[:, None], len(THRESHOLDS), axis=1)
    for index in range(len(ignored)):
        hit = matched[index] >= 0
        result[index][hit] = ignored[index][matched[index][hit]]
    return result


def _arrays() -> Dict[str, Any]:
    return {field.name: field for field in fields(Matches) if field.name != "type"}
