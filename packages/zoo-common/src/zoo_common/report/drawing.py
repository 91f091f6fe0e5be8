"""A person or object as a few SVG paths: sharp at any size, small, and switched on and off by the page's style.

Lines keep their width whatever the picture's scale (``vector-effect``); a joint is a line of no length with round ends.
"""

from typing import Any, List, NamedTuple, Optional, Tuple

import numpy as np

from zoo_common.keypoints import NAMES, SKELETON


class Shape(NamedTuple):
    """What is drawn, in image pixels: joints float64 [17, 3] (x, y, and 0 where there is none); a box x, y, w, h."""

    joints: Optional[np.ndarray]
    box: Optional[Tuple[float, float, float, float]]

    @property
    def points(self) -> np.ndarray:
        """Joints and corners, float64 [N, 2]."""
        found = [np.zeros((0, 2))]
        if self.joints is not None:
            found.append(self.joints[self.joints[:, 2] > 0, :2])
        if self.box is not None:
            x, y, w, h = self.box
            found.append(np.array([[x, y], [x + w, y + h]], np.float64))
        return np.concatenate(found)


def shape_of(entry: Any, people: bool) -> Shape:
    """Return the shape of an annotation or detection: a skeleton, or a box where there is none to draw."""
    if not people:
        return Shape(None, tuple(map(float, entry["bbox"])))
    joints = np.array(entry["keypoints"], np.float64).reshape(-1, 3)
    joints[:, 2] = (joints[:, 2] > 0) & (joints[:, :2] != 0).any(axis=1)
    return Shape(joints, None)


def outline(shape: Shape, origin: Tuple[float, float]) -> Tuple[str, str]:
    """Return SVG path data of a shape's lines and of its joints, relative to ``origin``."""
    if shape.joints is None:
        if shape.box is None:
            return "", ""
        x, y, w, h = shape.box
        return "M{} {}h{}v{}h{}z".format(*_short([x - origin[0], y - origin[1], w, h, -w])), ""
    at = shape.joints[:, :2] - np.array(origin)
    there = shape.joints[:, 2] > 0
    limbs = ["M{} {}L{} {}".format(*_short([*at[a], *at[b]])) for a, b in SKELETON if there[a] and there[b]]
    return "".join(limbs), "".join("M{} {}h0".format(*_short(list(at[k]))) for k in np.flatnonzero(there))


def shifts(reference: Shape, candidate: Shape, origin: Tuple[float, float]) -> str:
    """Return SVG path data of lines from each joint, or corner, of one to that of the other."""
    pairs = _pairs(reference, candidate)
    lines = [[*(a - np.array(origin)), *(b - np.array(origin))] for _, a, b in pairs]
    return "".join("M{} {}L{} {}".format(*_short(numbers)) for numbers in lines)


def displacements(reference: Shape, candidate: Shape) -> List[Tuple[str, float]]:
    """Return joints' (or corners') names and how far they moved, in image pixels, farthest first."""
    moved = [(name, float(np.hypot(*(b - a)))) for name, a, b in _pairs(reference, candidate)]
    return sorted(moved, key=lambda item: -item[1])


def _pairs(reference: Shape, candidate: Shape) -> List[Tuple[str, np.ndarray, np.ndarray]]:
    if reference.joints is not None and candidate.joints is not None:
        both = np.flatnonzero((reference.joints[:, 2] > 0) & (candidate.joints[:, 2] > 0))
        return [(NAMES[k].replace("_", " "), reference.joints[k, :2], candidate.joints[k, :2]) for k in both]
    if reference.box is not None and candidate.box is not None:
        names = ("top left corner", "bottom right corner")
        return list(zip(names, reference.points, candidate.points))
    return []


def _short(values: List[float]) -> List[str]:
    return ["{:.1f}".format(value).rstrip("0").rstrip(".") for value in values]
