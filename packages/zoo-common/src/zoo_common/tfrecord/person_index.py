"""The people of TFRecords, and the pixels of their images."""

from pathlib import Path
from typing import Dict, List, Sequence

import numpy as np

from zoo_common.coco.images import decode_image
from zoo_common.errors import ZooError
from zoo_common.tfrecord.checksum import masked_crc
from zoo_common.tfrecord.example_decoding import decode_example
from zoo_common.tfrecord.framing import read_record, read_records
from zoo_common.tfrecord.index import Place, one_text
from zoo_common.tfrecord.person_record import IMAGE, JOINTS, PersonEntry, decode_person


class PersonRecords:
    """A sequence of the people of some files, found in one pass that checks every byte; the images stay in the files.

    People of one image share the first record that holds it.

    Args:
        files: TFRecord files as RLE's TensorFlow rewrite or `convert_people` write them.
        skip_corrupt: go on without damaged records, and without people whose image was in one.

    Attributes:
        files: as given.
        places: image id to the record that holds the image, in the order of the files.
        corrupt: what was wrong with each person, or end of a file, that was skipped.
        image_ids: int64 [N].
        boxes: float32 [N, 4], x, y, width, height in pixels; the sides count the pixels of both ends.
        keypoints: float32 [N, 17, 3], x and y in pixels, visibility.

    Raises:
        ZooError: a record is damaged or holds no person, or an image is nowhere or differs between two records; names
            file, offset, key and value.
    """

    def __init__(self, files: Sequence[Path], skip_corrupt: bool = False) -> None:
        self.files = list(files)
        self.places: Dict[int, Place] = {}
        self.corrupt: List[str] = []
        ids, boxes, keypoints = [], bytearray(), bytearray()
        checksums: Dict[int, int] = {}
        for file in self.files:
            for offset, payload in read_records(file, self.corrupt if skip_corrupt else None):
                place = Place(file, offset)
                person, encoded = decode_person(payload, place)
                if encoded:
                    self._note_image(person.image_id, place, masked_crc(encoded), checksums)
                elif person.image_id not in self.places:
                    fault = "{}: {}: empty, and no record before it holds image {}"
                    fault = fault.format(place, IMAGE, person.image_id)
                    if not self.corrupt:
                        raise ZooError(fault)
                    self.corrupt.append(fault)
                    continue
                ids.append(person.image_id)
                boxes += person.box.tobytes()
                keypoints += person.keypoints.tobytes()
        self.image_ids = np.array(ids, np.int64)
        self.boxes = np.frombuffer(bytes(boxes), np.float32).reshape(-1, 4)
        self.keypoints = np.frombuffer(bytes(keypoints), np.float32).reshape(-1, JOINTS, 3)

    def _note_image(self, image_id: int, place: Place, checksum: int, checksums: Dict[int, int]) -> None:
        first = self.places.setdefault(image_id, place)
        if checksums.setdefault(image_id, checksum) != checksum:
            message = "{}: {}: not the bytes that image {} has at {}"
            raise ZooError(message.format(place, IMAGE, image_id, first))

    def __len__(self) -> int:
        return len(self.image_ids)

    def __getitem__(self, index: int) -> PersonEntry:
        return PersonEntry(int(self.image_ids[index]), self.boxes[index], self.keypoints[index])

    def encoded(self, image_id: int) -> bytes:
        """Return the bytes of an image's file.

        Raises:
            KeyError: there is no such image.
            ZooError: the record was changed since; names file and offset.
        """
        place = self.places[image_id]
        return one_text(decode_example(read_record(*place), (IMAGE,), str(place)), IMAGE, place)

    def read(self, image_id: int) -> np.ndarray:
        """Return an image's pixels as `zoo_common.coco.read_image` returns them of the same bytes in a file.

        Returns:
            uint8 array of shape (height, width, 3), channels B, G, R.

        Raises:
            KeyError: there is no such image.
            ZooError: as `encoded`, or the image cannot be decoded.
        """
        return decode_image(self.encoded(image_id), "{}: {}".format(self.places[image_id], IMAGE))

    def describe(self) -> str:
        """Return the counts."""
        return "{} people of {} images in {} files".format(len(self), len(self.places), len(self.files))
