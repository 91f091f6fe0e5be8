"""The people of a split, read lazily: boxes and joints in memory, pictures through a bounded cache."""

import collections
import threading
from typing import Any, Callable, Hashable, NamedTuple, OrderedDict, Tuple

import numpy as np

from zoo_common.coco import CocoDataset
from zoo_common.errors import ZooError
from zoo_common.tasks.topdown_regression import TopDownRegression


class People(NamedTuple):
    """Everyone to train on.

    Attributes:
        centre, scale: float32 [N, 2], the evaluation's crop in image pixels.
        joints: float32 [N, 17, 2], x and y in image pixels.
        labelled: bool [N, 17], annotated joints (visible or hidden).
        read: picture of a person by number, uint8 BGR [H, W, 3]; thread-safe, not to be written to.
        fingerprint: of all that decides what is read.
    """

    centre: np.ndarray
    scale: np.ndarray
    joints: np.ndarray
    labelled: np.ndarray
    read: Callable[[int], np.ndarray]
    fingerprint: str

    @property
    def count(self) -> int:
        """Number of people."""
        return len(self.centre)


class PictureCache:
    """Keeps the pictures used last.

    Args:
        read: a picture by its key.
        megabytes: at most so much is kept.
    """

    def __init__(self, read: Callable[[Any], np.ndarray], megabytes: float) -> None:
        self._read = read
        self._room = int(megabytes * 1e6)
        self._kept: OrderedDict[Hashable, np.ndarray] = collections.OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, key: Hashable) -> np.ndarray:
        """Return a picture."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        picture = self._read(key)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = picture
                self._room -= picture.nbytes
            while self._room < 0:
                self._room += self._kept.popitem(last=False)[1].nbytes
        return picture


def people_of_tree(dataset: CocoDataset, task: TopDownRegression, cache_mb: float) -> People:
    """Return everyone the task's crop convention keeps, in the task's order.

    Raises:
        ZooError: nobody is annotated.
    """
    samples = task.samples(dataset)
    if not samples:
        raise ZooError("{}: nobody with keypoints to train on".format(dataset.annotation_file))
    keypoints = {entry["id"]: entry["keypoints"] for image in dataset.images for entry in dataset.annotations(image.id)}
    joints, labelled = split_keypoints(np.array([keypoints[sample.annotation_id] for sample in samples], np.float32))
    images = {image.id: image for image in dataset.images}
    pictures = PictureCache(lambda key: dataset.read(images[key]), cache_mb)
    return People(
        np.stack([sample.centre for sample in samples]),
        np.stack([sample.scale for sample in samples]),
        joints,
        labelled,
        lambda number: pictures(samples[number].image.id),
        dataset.fingerprint,
    )


def split_keypoints(keypoints: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Return joints float32 [N, 17, 2] and which are labelled, bool [N, 17], of COCO's keypoints [N, 51]."""
    rows = keypoints.reshape(len(keypoints), -1, 3)
    return np.ascontiguousarray(rows[..., :2], np.float32), rows[..., 2] > 0
