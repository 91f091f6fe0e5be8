"""Where each image's record lies, and its pixels."""

from pathlib import Path
from typing import Dict, List, NamedTuple, Sequence

import numpy as np

from zoo_common.coco.images import decode_image
from zoo_common.errors import ZooError
from zoo_common.tfrecord.example_decoding import Features, decode_example
from zoo_common.tfrecord.framing import read_record, read_records

ID, ENCODED, FORMAT = "image/source_id", "image/encoded", "image/format"
FORMATS = ("jpeg", "jpg", "png")


class Place(NamedTuple):
    """A record: its file and the byte offset it begins at."""

    file: Path
    offset: int

    def __str__(self) -> str:
        return "{}: offset {}".format(self.file, self.offset)


class RecordIndex:
    """The records of some files by image id, found in one pass that checks every byte.

    Args:
        files: TFRecord files of ``tf.train.Example``.
        skip_corrupt: go on without damaged records.

    Attributes:
        files: as given.
        places: image id to its record, in the order of the files.
        corrupt: what was wrong with each damaged record, or end of a file, that was skipped.

    Raises:
        ZooError: a record is damaged, has no id that is a number, or repeats one; names file, offset and value.
    """

    def __init__(self, files: Sequence[Path], skip_corrupt: bool = False) -> None:
        self.files = list(files)
        self.places: Dict[int, Place] = {}
        self.corrupt: List[str] = []
        for file in self.files:
            for offset, payload in read_records(file, self.corrupt if skip_corrupt else None):
                place = Place(file, offset)
                image_id = _image_id(decode_example(payload, (ID,), str(place)), place)
                if image_id in self.places:
                    raise ZooError("{}: {}: {} is also at {}".format(place, ID, image_id, self.places[image_id]))
                self.places[image_id] = place

    def read(self, image_id: int) -> np.ndarray:
        """Return an image's pixels as `zoo_common.coco.read_image` returns them of the same bytes in a file.

        Returns:
            uint8 array of shape (height, width, 3), channels B, G, R.

        Raises:
            KeyError: there is no such image.
            ZooError: the record was changed since, or its image cannot be decoded; names file and offset.
        """
        place = self.places[image_id]
        features = decode_example(read_record(*place), (ENCODED, FORMAT), str(place))
        kind = one_text(features, FORMAT, place, b"jpeg")
        if kind.decode("latin-1").lower() not in FORMATS:
            raise ZooError("{}: {}: {!r} is none of {}".format(place, FORMAT, kind, ", ".join(FORMATS)))
        return decode_image(one_text(features, ENCODED, place), "{}: {}".format(place, ENCODED))

    def describe(self) -> str:
        """Return the counts."""
        return "{} records in {} files".format(len(self.places), len(self.files))


def _image_id(features: Features, place: Place) -> int:
    text = one_text(features, ID, place)
    try:
        return int(text)
    except ValueError:
        raise ZooError("{}: {}: {!r} is not a number".format(place, ID, text)) from None


def one_text(features: Features, name: str, place: Place, default: bytes = b"") -> bytes:
    """Return the string of bytes under a key, ``default`` where the key is absent.

    Raises:
        ZooError: it is not one string; names file, offset and key.
    """
    values = features.get(name, [default])
    if not isinstance(values, list) or len(values) != 1:
        what = "{} values".format(len(values)) if isinstance(values, list) else "numbers"
        raise ZooError("{}: {}: must be one string of bytes, not {}".format(place, name, what))
    return values[0]
