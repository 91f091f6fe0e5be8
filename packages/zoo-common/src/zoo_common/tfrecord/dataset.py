"""A COCO dataset whose photographs lie in TFRecords."""

from pathlib import Path
from typing import ClassVar, List, Union

import numpy as np

from zoo_common.coco.annotations import Content
from zoo_common.coco.dataset import CocoDataset, ImageInfo
from zoo_common.coco.layout import split_of
from zoo_common.coco.naming import ImageLocator
from zoo_common.errors import ZooError
from zoo_common.tfrecord.index import RecordIndex
from zoo_common.tfrecord.person_index import PersonRecords

Index = Union[RecordIndex, PersonRecords]


class RecordDataset(CocoDataset):
    """A `CocoDataset` that reads pixels from records.

    Attributes:
        records: the folder, pattern or file that was opened.
        index: where each image's record lies.
        absence: why an image may have no record, as a message puts it.
    """

    absence: ClassVar[str] = ""

    def __init__(self, records: Path, index: Index, root: Path, kind: str, file: Path, content: Content) -> None:
        locator = ImageLocator(file.parent, "")
        super().__init__(root, split_of(file, kind), kind, file, locator, content, validated=True)
        self.records = records
        self.index = index
        self.image_folder = index.files[0].parent

    def image_path(self, image: ImageInfo) -> Path:
        """Return the file that holds an image's record, or what was opened if none does."""
        place = self.index.places.get(image.id)
        return self.records if place is None else place.file

    def read(self, image: ImageInfo) -> np.ndarray:
        """Return an image's pixels, uint8 BGR [H, W, 3].

        Raises:
            ZooError: there is no record of it, or it is damaged.
        """
        if image.id not in self.index.places:
            raise ZooError("{}: no record of image {}{}".format(self.records, image.id, self.absence))
        return self.index.read(image.id)

    def missing(self) -> List[int]:
        """Return the ids of the images that have no record."""
        return [image.id for image in self.images if image.id not in self.index.places]

    def why_missing(self) -> str:
        """Return why whole records may lack the missing images, empty where they may not."""
        return ""

    def present(self) -> "CocoDataset":
        """Return the dataset restricted to the images that have a record."""
        return self.subset(image.id for image in self.images if image.id in self.index.places)

    def describe(self) -> str:
        """Return one line: annotation file, records, counts."""
        text = "{} ({}): {} images, {} annotations; {} of {}".format(
            *(self.annotation_file.name, self.split, len(self), sum(map(len, self._by_image.values()))),
            *(self.index.describe(), self.records),
        )
        for what, count in (("images without a record", len(self.missing())), ("corrupt", len(self.index.corrupt))):
            text += "; {}: {}".format(what, count) if count else ""
        return text
