"""One person as a ``tf.train.Example``, under the keys of RLE's TensorFlow rewrite.

``img_id`` int64 [1]; ``image_raw`` the bytes of the whole image's file, empty where an earlier record of the file holds
them; ``bbox`` float [4]; ``keypoints`` float [51].
"""

from typing import Dict, NamedTuple, Tuple

import numpy as np

from zoo_common.errors import ZooError
from zoo_common.tfrecord.example_decoding import Feature, Features, decode_example
from zoo_common.tfrecord.index import Place, one_text
from zoo_common.tfrecord.kept_people import Person

IMAGE_ID, IMAGE, BOX, KEYPOINTS = "img_id", "image_raw", "bbox", "keypoints"
JOINTS = 17
_BOX, _KEYPOINTS = 4, 3 * JOINTS


class PersonEntry(NamedTuple):
    """A person as a record holds it.

    Attributes:
        image_id: of the image the person is in.
        box: float32 [4], x, y, width, height in pixels; the sides count the pixels of both ends (`Person.box`).
        keypoints: float32 [17, 3], x and y in pixels, visibility.
    """

    image_id: int
    box: np.ndarray
    keypoints: np.ndarray


def person_features(person: Person, encoded: bytes) -> Dict[str, Feature]:
    """Return the features of a person; ``encoded`` is the image's file, or empty."""
    return {
        IMAGE_ID: np.array([person.image.id], np.int64),
        IMAGE: [encoded],
        BOX: np.array(person.box, np.float32),
        KEYPOINTS: np.array(person.keypoints, np.float32),
    }


def decode_person(payload: bytes, place: Place) -> Tuple[PersonEntry, bytes]:
    """Return a record's person, and what it holds of the image's file.

    Raises:
        ZooError: it is no record of a person, or its numbers are none; names file, offset, key and value.
    """
    features = decode_example(payload, (IMAGE_ID, IMAGE, BOX, KEYPOINTS), str(place))
    ids = _numbers(features, IMAGE_ID, 1, place)
    if ids.dtype != np.int64:
        raise ZooError("{}: {}: {!r} is not an integer".format(place, IMAGE_ID, ids.tolist()[0]))
    box, keypoints = _numbers(features, BOX, _BOX, place), _numbers(features, KEYPOINTS, _KEYPOINTS, place)
    if not (box[2:] > 0).all():
        raise ZooError("{}: {}: {} has no width or no height".format(place, BOX, box.tolist()))
    if IMAGE not in features:
        raise ZooError("{}: {}: is missing".format(place, IMAGE))
    entry = PersonEntry(int(ids[0]), box.astype(np.float32), keypoints.astype(np.float32).reshape(JOINTS, 3))
    return entry, one_text(features, IMAGE, place)


def _numbers(features: Features, name: str, count: int, place: Place) -> np.ndarray:
    values = features.get(name)
    if not isinstance(values, np.ndarray) or len(values) != count:
        what = "strings" if isinstance(values, list) else "numbers"
        found = "nothing" if values is None else "{} {}".format(len(values), what)
        raise ZooError("{}: {}: holds {}, must hold {} numbers".format(place, name, found, count))
    if not np.isfinite(values).all():
        raise ZooError("{}: {}: {} are not all finite".format(place, name, values.tolist()))
    return values
