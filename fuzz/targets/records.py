"""TFRecords of images and of people."""

import io
from pathlib import Path
from random import Random

from fuzz.byte_changes import change_bytes
from fuzz.target import Target, read_files
from fuzz.targets.drawn import OBJECTS, PEOPLE, draw
from zoo_common.coco import open_coco
from zoo_common.tfrecord import convert, convert_people, open_people, open_records, read_records, write_record


class _Records(Target):
    """Change the framing, or a payload under right checksums."""

    def __init__(self, scratch: Path) -> None:
        super().__init__(scratch)
        self.files = {}
        self.payloads = []  # type: List[bytes]

    def take(self, data: Path, records: Path, annotations: str) -> None:
        """Take over what was converted."""
        self.files = read_files(records, "*record*")
        self.files[annotations] = (data / annotations).read_bytes()
        self.changed = [name for name in self.files if name != annotations and not name.endswith(".json")]
        for name in self.changed:
            self.payloads += [payload for _, payload in read_records(records / name)]

    def change(self, random: Random, name: str, content: bytes) -> bytes:
        """Change the file's bytes in one case of four, else a record's."""
        if random.randrange(4) == 0:
            return change_bytes(random, content, list(self.files.values()))
        payloads = list(self.payloads)
        at = random.randrange(len(payloads))
        payloads[at] = change_bytes(random, payloads[at], self.payloads)
        if random.randrange(8) == 0:
            payloads.insert(0, payloads.pop())
        stream = io.BytesIO()
        for payload in payloads:
            write_record(stream, payload)
        return stream.getvalue()


class ImageRecords(_Records):
    """Records of images, one file."""

    guided = "coco_val.record-00000-of-00001"

    def __init__(self, scratch: Path) -> None:
        super().__init__(scratch)
        data = scratch / "data"
        draw(data)
        convert(open_coco(data, kind="instances"), scratch / "records", shards=1, progress=False, include_masks=True)
        self.take(data, scratch / "records", OBJECTS)

    def read(self, folder: Path, random: Random) -> None:
        """Open them and read every picture."""
        dataset = open_records(folder, folder / OBJECTS, skip_corrupt=random.randrange(2) == 0, allow_missing=True)
        dataset.describe()
        for image_id in dataset.index.places:
            dataset.index.read(image_id)


class PersonRecords(_Records):
    """Records of people, one file."""

    guided = "val_0_0000.tfrecord"

    def __init__(self, scratch: Path) -> None:
        super().__init__(scratch)
        data = scratch / "data"
        draw(data)
        convert_people(open_coco(data), scratch / "records", "val", dedup=True, progress=False)
        self.take(data, scratch / "records", PEOPLE)
        self.guided = self.changed[0] if self.changed else None

    def read(self, folder: Path, random: Random) -> None:
        """Open them and read every picture."""
        skip = random.randrange(2) == 0
        if random.randrange(2):
            people = open_people(folder, skip_corrupt=skip)
            for image_id in people.places:
                people.read(image_id)
        else:
            open_records(folder, folder / PEOPLE, "person_keypoints", skip_corrupt=skip, allow_missing=True).describe()
