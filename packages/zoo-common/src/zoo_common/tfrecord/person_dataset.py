"""A COCO dataset whose photographs lie in the records of its people."""

from typing import ClassVar, List

from zoo_common.coco.dataset import ImageInfo
from zoo_common.tfrecord.dataset import RecordDataset
from zoo_common.tfrecord.kept_people import people_of

_EVALUATED = "gluoncv"


class PersonRecordDataset(RecordDataset):
    """A `RecordDataset` over `PersonRecords`: an image in which nobody is evaluated has no record, and needs none.

    Who is evaluated is a matter of the annotations, not of the records.
    """

    absence: ClassVar[str] = ", for records of people hold no image without a person"

    def missing(self) -> List[int]:
        """Return the ids of the images that have no record, but a person whom the crop convention `gluoncv` keeps.

        Where only boxes are annotated, every image counts.
        """
        return [image.id for image in self._missing()]

    def why_missing(self) -> str:
        """Return why whole records may lack the missing images, empty where they may not."""
        missing = self._missing()
        if self.kind != "person_keypoints" or any(people_of(self, image, "rewrite") for image in missing):
            return ""
        return "; the rewrite keeps nobody of them, and records written with --keep {} would".format(_EVALUATED)

    def _missing(self) -> List[ImageInfo]:
        absent = [image for image in self.images if image.id not in self.index.places]
        if self.kind != "person_keypoints":
            return absent
        return [image for image in absent if people_of(self, image, _EVALUATED)]
