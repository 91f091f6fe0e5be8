"""Two published rules that turn an annotated box into a person sample, under their own names.

``hrnet``   deep-high-resolution-net.pytorch, ``dataset/coco.py``: the far corner is computed from the clipped
            near corner, a box of zero width survives, scale travels in units of 200 pixels.
``gluoncv`` gluon-cv, ``data/mscoco/keypoints.py``: the far corner is computed from the unclipped near corner,
            width and height must be positive, a labelled joint is required, scale travels in pixels.

They disagree by up to a pixel for boxes that cross the image border; published numbers come from each in turn.
"""

from typing import Callable, Dict, NamedTuple, Optional, Sequence, Tuple

import numpy as np

Box = Tuple[float, float, float, float]

PADDING = 1.25
PIXEL_STD = 200.0


class Convention(NamedTuple):
    """A crop rule: how a box is cleaned, which people are kept, and the unit the scale is rounded in."""

    name: str
    clean: Callable[[Sequence[float], int, int, float], Optional[Box]]
    needs_visible_joint: bool
    unit: float

    def keeps(self, keypoints: Sequence[float]) -> bool:
        """Tell whether a person with these 51 keypoint numbers is a sample of this convention."""
        if max(keypoints) == 0:
            return False
        return not self.needs_visible_joint or any(v > 0 for v in keypoints[2::3])


def _clean_hrnet(box: Sequence[float], width: int, height: int, area: float) -> Optional[Box]:
    x, y, w, h = box
    x1, y1 = max(0.0, x), max(0.0, y)
    x2 = min(width - 1.0, x1 + max(0.0, w - 1))
    y2 = min(height - 1.0, y1 + max(0.0, h - 1))
    if area > 0 and x2 >= x1 and y2 >= y1:
        return x1, y1, x2 - x1, y2 - y1
    return None


def _clean_gluoncv(box: Sequence[float], width: int, height: int, area: float) -> Optional[Box]:
    x, y, w, h = box
    x1, x2 = (min(max(v, 0.0), width - 1.0) for v in (x, x + max(w - 1, 0.0)))
    y1, y2 = (min(max(v, 0.0), height - 1.0) for v in (y, y + max(h - 1, 0.0)))
    if area > 0 and x2 > x1 and y2 > y1:
        return x1, y1, x2 - x1, y2 - y1
    return None


CONVENTIONS: Dict[str, Convention] = {
    "hrnet": Convention("hrnet", _clean_hrnet, needs_visible_joint=False, unit=PIXEL_STD),
    "gluoncv": Convention("gluoncv", _clean_gluoncv, needs_visible_joint=True, unit=1.0),
}


def centre_scale(box: Sequence[float], aspect: float, unit: float = 1.0) -> Tuple[np.ndarray, np.ndarray]:
    """Return the centre of a box and the size of the padded crop around it.

    The shorter side grows until width / height equals ``aspect``; both sides then grow by 1.25.

    Args:
        box: x, y, width, height in pixels.
        aspect: width / height of the network input, e.g. 192 / 256.
        unit: pixels that one unit of the reference's float32 scale stands for (200 in HRNet, 1 in GluonCV); only
            the rounding depends on it, about 1e-7 relative.

    Returns:
        ``centre`` float32 [2] in pixels (x, y) and ``scale`` float32 [2] in pixels (width, height).
    """
    x, y, w, h = box
    centre = np.array([x + w * 0.5, y + h * 0.5], np.float32)
    if w > aspect * h:
        h = w / aspect
    elif w < aspect * h:
        w = h * aspect
    scale = np.array([w / unit, h / unit], np.float32) * np.float32(PADDING)
    return centre, scale * np.float32(unit)
