"""Where the joints are: local maxima of the blurred heatmaps, computed only where a maximum can be."""

from typing import Iterator, NamedTuple, Tuple

import cv2
import numpy as np

from zoo_common.paf.operators import BLOCK, MapOperator

THRESHOLD = 0.1
"""A peak's blurred value is above it."""

_SLACK = 0.999
"""The bound is computed in float32; nothing that rounding could lift over the threshold is left out."""
_CROWDED = 0.5
"""A joint is drawn whole where its regions would cover more than this share of the image."""
_CANVAS = 1 << 18
"""Pixels of a canvas: few calls, and still within a processor's cache."""


class Peaks(NamedTuple):
    """Peaks of all joints, by joint, then by row, then by column. A peak's position in this list is its id.

    Attributes:
        xy: int64 [P, 2], image pixels; there is no sub-pixel refinement.
        score: float32 [P], the heatmap before the blur.
        start: int64 [joints + 1], where each joint's peaks begin.
        capped: how many joints had more peaks than were kept.
    """

    xy: np.ndarray
    score: np.ndarray
    start: np.ndarray
    capped: int


def find_peaks(heatmaps: np.ndarray, operator: MapOperator, max_peaks: int) -> Peaks:
    """Find the peaks at image resolution: no smaller than their four neighbours, and above the threshold.

    Args:
        heatmaps: float32 [joints, h, w], cells, contiguous.
        operator: from these cells to the image.
        max_peaks: of a joint; the best-scored are kept. A network that collapsed gives thousands.
    """
    joint, y, x = _positions(heatmaps, operator)
    score = value_at(heatmaps, operator, joint, x, y)
    keep, capped = keep_best(score, joint, len(heatmaps), max_peaks)
    start = np.searchsorted(joint[keep], np.arange(len(heatmaps) + 1))
    return Peaks(np.stack([x, y], axis=1)[keep], score[keep], start, capped)


def keep_best(score: np.ndarray, joint: np.ndarray, joints: int, max_peaks: int) -> Tuple[np.ndarray, int]:
    """Return the positions of the ``max_peaks`` best of each joint, in order, and how many joints had more."""
    counts = np.bincount(joint, minlength=joints)
    if counts.max() <= max_peaks:
        return np.arange(len(score)), 0
    order = np.lexsort((-score, joint))
    rank = np.arange(len(score)) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.sort(order[rank < max_peaks]), int((counts > max_peaks).sum())


def value_at(
    heatmaps: np.ndarray, operator: MapOperator, joint: np.ndarray, x: np.ndarray, y: np.ndarray
) -> np.ndarray:
    """Return the resized heatmap of ``joint`` [P] at the pixels ``x``, ``y`` [P]; float32 [P]."""
    rows, columns = operator
    row = rows.first[y][:, None] + np.arange(rows.taps.shape[1])
    column = columns.first[x][:, None] + np.arange(columns.taps.shape[1])
    cells = heatmaps[joint[:, None, None], row[:, :, None], column[:, None, :]]
    return np.einsum("pij,pi,pj->p", cells, rows.taps[y], columns.taps[x])


def _positions(heatmaps: np.ndarray, operator: MapOperator) -> np.ndarray:
    """Return int64 [3, P]: joint, row and column of every peak, in that order."""
    height, width = len(operator.rows.plain), len(operator.columns.plain)
    flat = [np.empty(0, np.int64)]
    for canvas, boxes in _drawn(heatmaps, operator):
        centre = canvas[1:-1, 1:-1]
        peak = centre > np.float32(THRESHOLD)
        for beside in (canvas[:-2, 1:-1], canvas[2:, 1:-1], canvas[1:-1, :-2], canvas[1:-1, 2:]):
            peak &= centre >= beside
        y, x = np.divmod(np.flatnonzero(peak), peak.shape[1])
        box = boxes[:, np.searchsorted(boxes[0], y, side="right") - 1]
        at, joint, top, left, rows, columns = box
        inside = (y - at < rows) & (x < columns)
        flat.append(((joint * height + top + y - at) * width + left + x)[inside])
    return np.stack(np.unravel_index(np.unique(np.concatenate(flat)), (len(heatmaps), height, width)))


def _drawn(heatmaps: np.ndarray, operator: MapOperator) -> Iterator[Tuple[np.ndarray, np.ndarray]]:
    """Yield canvases on which the blurred maps are drawn wherever they can be above the threshold.

    With each comes int64 [6, n] of the boxes on it, one below the other: row of the canvas, joint, row and column in
    the image, height, width; pixels, without the border of one pixel that is drawn around each.
    """
    rows, columns = operator
    boxes = _boxes(_active(heatmaps, operator), len(rows.plain), len(columns.plain))
    first = 0
    while first < len(boxes):
        last, height = first, 0
        while last < len(boxes) and (last == first or (height + boxes[last, 3] + 2) * (boxes[last, 4] + 2) <= _CANVAS):
            height, last = height + int(boxes[last, 3]) + 2, last + 1
        canvas = np.zeros((height, int(boxes[last - 1, 4]) + 2), np.float32)
        starts, at = [], 0
        for joint, top, left, tall, wide in boxes[first:last].tolist():
            down = slice(rows.low[top], rows.high[top + tall + 1])
            across = slice(columns.low[left], columns.high[left + wide + 1])
            half = rows.blurred[top : top + tall + 2, down] @ heatmaps[joint, down, across]
            other = columns.blurred[left : left + wide + 2, across].T
            np.matmul(half, other, out=canvas[at : at + tall + 2, : wide + 2])
            starts.append(at)
            at += tall + 2
        yield canvas, np.concatenate([[starts], boxes[first:last].T])
        first = last


def _boxes(active: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return int64 [n, 5], by width: joint, top, left, height and width in pixels of the active regions."""
    joints, down, across = active.shape
    apart = np.zeros((joints, down + 1, across), np.uint8)
    apart[:, :-1] = active
    _, _, stats, _ = cv2.connectedComponentsWithStats(apart.reshape(-1, across), connectivity=8)
    left, top, wide, tall = stats[1:, :4].astype(np.int64).T
    joint, top = top // (down + 1), top % (down + 1)
    crowded = np.bincount(joint, wide * tall, joints) > _CROWDED * down * across
    whole = np.flatnonzero(crowded)
    few = ~crowded[joint]
    blocks = [np.stack([joint, top, left, top + tall, left + wide], axis=1)[few]]
    blocks.append(np.stack([whole, 0 * whole, 0 * whole, 0 * whole + down, 0 * whole + across], axis=1))
    boxes = np.concatenate(blocks)
    boxes[:, 1:] *= BLOCK
    boxes[:, 3:] = np.minimum(boxes[:, 3:], (height, width)) - boxes[:, 1:3]
    return boxes[np.argsort(boxes[:, 4], kind="stable")]


def _active(heatmaps: np.ndarray, operator: MapOperator) -> np.ndarray:
    """Return bool [joints, row blocks, column blocks]: false where no pixel can be above the threshold.

    A pixel is at most the sum over cells of its largest possible weight times a positive cell, and of its smallest
    times a negative one; along each axis the positive and the negative weights of a block are bounded apart.
    """
    positive, negative = np.maximum(heatmaps, 0), np.maximum(-heatmaps, 0)
    rows, columns = operator.rows.bound, operator.columns.bound
    up, down = rows @ positive, rows @ negative
    half = len(rows) // 2
    sums = np.concatenate([up[:, :half] + down[:, half:], up[:, half:] + down[:, :half]], axis=2)
    largest = sums @ columns.reshape(2, -1, columns.shape[1]).transpose(0, 2, 1).reshape(-1, len(columns) // 2)
    return largest > np.float32(THRESHOLD * _SLACK)
