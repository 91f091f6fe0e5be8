"""Random colours by albumentations, as the rewrite has them; the library is an extra."""

from typing import Any, Callable, Optional

import numpy as np

from zoo_common.errors import ZooError
from zoo_tf2_rle.training.config import Config

Colours = Callable[[np.ndarray, int], np.ndarray]


def colours_of(config: Config) -> Optional[Colours]:
    """Return what changes the colours of a crop, uint8 BGR [H, W, 3] and a seed to the like; None unless asked for.

    Raises:
        ZooError: albumentations is asked for and not installed.
    """
    if not config.AUG.ALBUM:
        return None
    try:
        import albumentations
    except ImportError:
        message = "AUG.ALBUM: albumentations is not installed (an extra: zoo-tf2-rle[albumentations]); set it to false"
        raise ZooError(message) from None

    def change(crop: np.ndarray, seed: int) -> np.ndarray:
        return _transform(albumentations, seed)(image=crop)["image"]

    return change


def _transform(library: Any, seed: int) -> Any:
    parts = [
        library.RandomBrightnessContrast(p=0.5),
        library.HueSaturationValue(p=0.3),
        library.GaussianBlur(p=0.1),
        library.ToGray(p=0.05),
    ]
    return library.Compose(parts, seed=seed)
