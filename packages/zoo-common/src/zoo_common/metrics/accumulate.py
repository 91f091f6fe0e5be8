"""From matches to average precision and recall, for the images as they are or weighted (COCOeval.accumulate)."""

from collections import OrderedDict
from typing import Dict, List, Optional, Tuple

import numpy as np

from zoo_common.errors import ZooError
from zoo_common.metrics.matches import Matches
from zoo_common.metrics.protocol import PROTOCOLS, RECALLS, THRESHOLDS

_EPSILON = np.spacing(1)


def ap_from_matches(matches: Matches, weights: Optional[np.ndarray] = None) -> "Dict[str, Optional[float]]":
    """Return COCO's statistics by name, in COCOeval's order; None where undefined (no such annotations).

    Args:
        matches: of all images.
        weights: [I], how often each image counts, for instance its count in a bootstrap resample; every
            detection and annotation of an image weighs as its image does. None: once each.

    Raises:
        ZooError: the weights are not one finite number >= 0 for each image.
    """
    protocol = PROTOCOLS[matches.type]
    areas = list(protocol.areas)
    precision, recalls = _curves(matches, _checked(matches, weights))
    result: OrderedDict[str, Optional[float]] = OrderedDict()
    for statistic in protocol.statistics:
        area = areas.index(statistic.area)
        if statistic.precision:
            values = precision[:, area]
        else:
            values = recalls[protocol.max_detections.index(statistic.max_detections)][:, area]
        if statistic.threshold is not None:
            values = values[:, statistic.threshold == THRESHOLDS]
        values = values[values > -1]
        result[statistic.name] = float(np.mean(values)) if values.size else None
    return result


def precision_curves(matches: Matches) -> np.ndarray:
    """Return precision at `RECALLS`, float64 [K, A, T, 101]; -1 where undefined (no such annotations).

    Args:
        matches: of all images; K categories, A area ranges, T thresholds.
    """
    return _curves(matches, None)[0]


def _checked(matches: Matches, weights: Optional[np.ndarray]) -> Optional[np.ndarray]:
    if weights is None:
        return None
    weights = np.asarray(weights, np.float64)
    if weights.shape != matches.image_ids.shape or not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise ZooError("weights must be {} finite numbers >= 0, one for each image".format(len(matches.image_ids)))
    return weights


def _curves(matches: Matches, weights: Optional[np.ndarray]) -> Tuple[np.ndarray, List[np.ndarray]]:
    limits = PROTOCOLS[matches.type].max_detections
    ranges = len(matches.gt_ignored)
    shape = (len(matches.category_ids), ranges, len(THRESHOLDS))
    precision = np.full(shape + (len(RECALLS),), -1.0)
    recalls = [np.full(shape, -1.0) for _ in limits]
    hit = (matches.dt_match >= 0) & ~matches.dt_ignored
    miss = (matches.dt_match < 0) & ~matches.dt_ignored
    dt_weight = None if weights is None else weights[matches.dt_image]
    gt_weight = None if weights is None else weights[matches.gt_image]
    for category in range(len(matches.category_ids)):
        gt = slice(*np.searchsorted(matches.gt_category, [category, category + 1]))
        dt = slice(*np.searchsorted(matches.dt_category, [category, category + 1]))
        required = ~matches.gt_ignored[:, gt]
        counts = required.sum(axis=1) if gt_weight is None else (required * gt_weight[gt]).sum(axis=1)
        present = np.flatnonzero(counts > 0)
        if not len(present):
            continue
        order = np.argsort(-matches.dt_score[dt], kind="stable")
        tp, fp = hit[present, :, dt], miss[present, :, dt]
        if dt_weight is not None:
            tp, fp = tp * dt_weight[dt], fp * dt_weight[dt]
        totals = counts[present][:, None].astype(np.float64)
        for limit, recall in zip(limits, recalls):
            inside = matches.dt_rank[dt] < limit
            recall[category, present] = tp[:, :, inside].sum(axis=2) / totals
        precision[category, present] = _sampled_precision(tp[:, :, order], fp[:, :, order], totals)
    return precision, recalls


def _sampled_precision(tp: np.ndarray, fp: np.ndarray, totals: np.ndarray) -> np.ndarray:
    tp = np.cumsum(tp, axis=2).astype(np.float64)
    fp = np.cumsum(fp, axis=2).astype(np.float64)
    recall = tp / totals[:, :, None]
    precision = tp / (fp + tp + _EPSILON)
    envelope = np.maximum.accumulate(precision[:, :, ::-1], axis=2)[:, :, ::-1]
    padded = np.concatenate([envelope, np.zeros(envelope.shape[:2] + (1,))], axis=2)
    sampled = np.empty(envelope.shape[:2] + (len(RECALLS),))
    for area in range(recall.shape[0]):
        for threshold in range(recall.shape[1]):
            places = np.searchsorted(recall[area, threshold], RECALLS, side="left")
            sampled[area, threshold] = padded[area, threshold][places]
    return sampled
