"""The published decoding, step by step and without shortcuts: what `decode` is tested and measured against.

Cao et al., "Realtime Multi-Person 2D Pose Estimation using Part Affinity Fields" (CVPR 2017), as the Python ports of
its demo do it: all maps at image resolution, loops over pairs of peaks, one table of people.
"""

from typing import Callable, List, Optional, Tuple

import cv2
import numpy as np

from zoo_common.paf.decode import MAX_PEAKS, Decoded, PafMaps, checked
from zoo_common.paf.fit import STRIDE, Fit
from zoo_common.paf.operators import RADIUS, gaussian_kernel
from zoo_common.paf.people import Person
from zoo_common.paf.skeleton import JOINTS, LIMBS, NECK, TO_COCO

Peak = Tuple[int, int, float, int]
Blur = Callable[[np.ndarray], np.ndarray]


def decode_plain(maps: PafMaps, place: Fit, max_peaks: int = MAX_PEAKS, blur: Optional[Blur] = None) -> Decoded:
    """Do what `zoo_common.paf.decode` does, slowly.

    Args:
        maps: as for `decode`.
        place: as for `decode`.
        max_peaks: as for `decode`.
        blur: what to blur a map with; `gaussian_blur` unless given.
    """
    heatmaps, pafs = checked(maps, place)
    large = to_image(heatmaps, place)
    peaks, capped = find_all_peaks(large, max_peaks, blur or gaussian_blur)
    connections = connect_all(peaks, to_image(pafs, place), place.image[0])
    listed = [peak for part in peaks for peak in part]
    rows = assemble_table(connections, listed)
    kept = [row for row in rows if not (row[-1] < 4 or row[-2] / row[-1] < 0.4)]
    return Decoded([_person(row, listed) for row in kept], capped)


def to_image(maps: np.ndarray, place: Fit) -> np.ndarray:
    """Resize maps float32 [channels, h, w] to the image: float32 [H, W, channels]."""
    cells = np.ascontiguousarray(np.moveaxis(maps, 0, -1), np.float32)
    large = cv2.resize(cells, None, fx=STRIDE, fy=STRIDE, interpolation=cv2.INTER_CUBIC)
    large = large[: place.scaled[0], : place.scaled[1]]
    return cv2.resize(large, (place.image[1], place.image[0]), interpolation=cv2.INTER_CUBIC)


def gaussian_blur(image: np.ndarray) -> np.ndarray:
    """Return `scipy.ndimage.gaussian_filter(image, sigma=3)` of a float32 map, bit for bit.

    Each axis is summed in float64, from the outermost pair inwards, and rounded to float32; edges are mirrored with the
    outermost pixel repeated.
    """
    weights = gaussian_kernel()
    for axis in (0, 1):
        wide = np.moveaxis(image, axis, 0).astype(np.float64)
        size = len(wide)
        reach = np.arange(-RADIUS, size + RADIUS) % (2 * size)
        wide = wide[np.where(reach < size, reach, 2 * size - 1 - reach)]
        total = wide[RADIUS : RADIUS + size] * weights[RADIUS]
        for far in range(RADIUS, 0, -1):
            pair = wide[RADIUS - far : RADIUS - far + size] + wide[RADIUS + far : RADIUS + far + size]
            total += pair * weights[RADIUS - far]
        image = np.moveaxis(total.astype(np.float32), 0, axis)
    return image


def find_all_peaks(large: np.ndarray, max_peaks: int, blur: Blur) -> Tuple[List[List[Peak]], int]:
    """Return the peaks (x, y, score, id) of each joint, and of how many joints only the best were kept."""
    peaks: List[List[Peak]] = []
    number = capped = 0
    for joint in range(len(JOINTS)):
        original = large[:, :, joint]
        smooth = np.pad(blur(np.ascontiguousarray(original)), 1, mode="constant")
        centre = smooth[1:-1, 1:-1]
        is_peak = np.logical_and.reduce(
            (
                centre >= smooth[:-2, 1:-1],
                centre >= smooth[2:, 1:-1],
                centre >= smooth[1:-1, :-2],
                centre >= smooth[1:-1, 2:],
                centre > np.float32(0.1),
            )
        )
        places = [(x, y, float(original[y, x])) for y, x in zip(*np.nonzero(is_peak))]
        if len(places) > max_peaks:
            best = sorted(range(len(places)), key=lambda index, scored=places: -scored[index][2])[:max_peaks]
            places, capped = [places[index] for index in sorted(best)], capped + 1
        peaks.append([place + (number + offset,) for offset, place in enumerate(places)])
        number += len(places)
    return peaks, capped


def connect_all(peaks: List[List[Peak]], fields: np.ndarray, height: int) -> List[List[Tuple[int, int, float]]]:
    """Score every pair of every limb along ``fields`` float32 [H, W, 38] and match greedily."""
    connections = []
    for start, end, channel in LIMBS:
        candidates = []
        for a in peaks[start]:
            for b in peaks[end]:
                score = pair_score(a, b, fields[:, :, channel], fields[:, :, channel + 1], height)
                if score is not None:
                    candidates.append((a[3], b[3], score))
        candidates.sort(key=lambda candidate: candidate[2], reverse=True)
        kept: List[Tuple[int, int, float]] = []
        for a_id, b_id, score in candidates:
            if all(a_id != other[0] and b_id != other[1] for other in kept):
                kept.append((a_id, b_id, score))
                if len(kept) >= min(len(peaks[start]), len(peaks[end])):
                    break
        connections.append(kept)
    return connections


def pair_score(a: Peak, b: Peak, field_x: np.ndarray, field_y: np.ndarray, height: int) -> Optional[float]:
    """Return the score of a limb from ``a`` to ``b``, or None where it is not accepted."""
    vector = float(b[0] - a[0]), float(b[1] - a[1])
    length = np.sqrt(vector[0] * vector[0] + vector[1] * vector[1]) or 1.0
    xs = np.linspace(a[0], b[0], num=10).astype(int)
    ys = np.linspace(a[1], b[1], num=10).astype(int)
    unit = np.float32(vector[0] / length), np.float32(vector[1] / length)
    points = field_x[ys, xs] * unit[0] + field_y[ys, xs] * unit[1]
    score = float(points.mean(dtype=np.float32)) + min(0.5 * height / length - 1, 0)
    accepted = (points > np.float32(0.05)).sum() > int(0.8 * 10) and score > 0
    return float(score) if accepted else None


def assemble_table(connections: List[List[Tuple[int, int, float]]], peaks: List[Peak]) -> np.ndarray:
    """Return float64 [people, 20]: peak ids by joint (-1: absent), score, count."""
    table = np.empty((0, 20))
    for limb, (start, end, _) in enumerate(LIMBS):
        for a, b, score in connections[limb]:
            found = [j for j in range(len(table)) if table[j][start] == a or table[j][end] == b][:2]
            if len(found) == 1:
                row = table[found[0]]
                if row[end] != b:
                    row[end] = b
                    row[-1] += 1
                    row[-2] += peaks[b][2] + score
            elif len(found) == 2:
                row, other = table[found[0]], table[found[1]]
                if not np.any((row[:18] >= 0) & (other[:18] >= 0)):
                    row[:18] += other[:18] + 1
                    row[-2:] += other[-2:]
                    row[-2] += score
                    table = np.delete(table, found[1], 0)
                else:
                    row[end] = b
                    row[-1] += 1
                    row[-2] += peaks[b][2] + score
            elif limb < 17:
                row = -1 * np.ones(20)
                row[start], row[end], row[-1] = a, b, 2
                row[-2] = peaks[a][2] + peaks[b][2] + score
                table = np.vstack([table, row])
    return table


def _person(row: np.ndarray, peaks: List[Peak]) -> Person:
    keypoints = np.zeros((17, 3))
    joints = 0
    for joint in range(18):
        if row[joint] >= 0 and joint != NECK:
            x, y = peaks[int(row[joint])][:2]
            keypoints[TO_COCO[joint]] = x - 0.5, y - 0.5, 1
            joints += 1
    return Person(keypoints, float(row[-2] / joints))
