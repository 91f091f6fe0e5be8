"""Give a finished picture its light: warmth, a falloff to one side, a touch of blur and grain."""

import functools

import cv2
import numpy as np

_ONE = 190  # bytes all through are several times quicker than floats
_SHEET = 576  # larger than any picture


def develop(image: np.ndarray, light: float, rng: np.random.Generator) -> np.ndarray:
    """Return the developed picture.

    Args:
        image: (h, w, 3) uint8 BGR.
        light: -1 for light from the left, 1 from the right.
    """
    height, width = image.shape[:2]
    if rng.random() < 0.35:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.35, 0.75))
    warmth = rng.uniform(-0.05, 0.07)
    gain = rng.uniform(0.88, 1.1) * np.array([1 - warmth, 1.0, 1 + warmth])
    side = 1 + np.linspace(-1, 1, width)[:, None] * light * rng.uniform(0, 0.1)
    row = np.round(side * gain * _ONE).astype(np.uint8)[None]  # at most 1.3 * _ONE
    lit = cv2.resize(row, (width, height), interpolation=cv2.INTER_NEAREST)
    image = cv2.multiply(image, lit, scale=1 / _ONE)
    dy, dx = (int(v) for v in rng.integers(0, 64, 2))
    lighter, darker = _grain(int(rng.integers(1, 5)))[:, dy : dy + height, dx : dx + width]
    return cv2.subtract(cv2.add(image, lighter), darker)


@functools.lru_cache(maxsize=4)
def _grain(strength: int) -> np.ndarray:
    """What one sheet of film grain adds and what it takes away; each picture is laid on it at another spot."""
    noise = np.random.default_rng(0).standard_normal((_SHEET, _SHEET), dtype=np.float32)
    grain = np.repeat(np.round(noise * strength)[..., None], 3, axis=2)
    return np.stack([np.maximum(grain, 0), np.maximum(-grain, 0)]).astype(np.uint8)
