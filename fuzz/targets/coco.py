"""Annotation files and results files, through `zoo data check`, `zoo score` and the dataset."""

from pathlib import Path
from random import Random

from fuzz.target import Target, json_bytes
from fuzz.targets.drawn import OBJECTS, PEOPLE, detections, draw
from zoo_common.cli.main import main
from zoo_common.coco import open_coco

KINDS = {"person_keypoints": (PEOPLE, "keypoints"), "instances": (OBJECTS, "bbox")}


class Annotations(Target):
    """Annotations of people or of objects."""

    guided = PEOPLE

    def __init__(self, scratch: Path) -> None:
        super().__init__(scratch)
        self.files = draw(scratch)
        for kind, (name, field) in KINDS.items():
            self.files[kind + "-results.json"] = json_bytes(detections(self.files[name], field))
        self.changed = [PEOPLE, OBJECTS]

    def read(self, folder: Path, random: Random) -> None:
        """Check, score or open."""
        kind = random.choice(sorted(KINDS))
        name, field = KINDS[kind]
        command = random.randrange(4)
        if command == 0:
            main(["data", "check", str(folder), "--kind", kind, *random.choice(([], ["--json"], ["--deep"]))])
        elif command == 1:
            dataset = open_coco(folder, kind=kind)
            dataset.describe()
            assert dataset.fingerprint
            for image in dataset.images:
                dataset.annotations(image.id)
        else:
            arguments = ["--annotations", str(folder / name), "--results", str(folder / (kind + "-results.json"))]
            main(["score", *arguments, "--type", field, *random.choice(([], ["--json"], ["--engine", "pycocotools"]))])


class Results(Target):
    """Results files of people or of boxes."""

    guided = "person_keypoints-results.json"

    def __init__(self, scratch: Path) -> None:
        super().__init__(scratch)
        self.files = {name: content for name, content in draw(scratch).items() if name.endswith(".json")}
        self.changed = []
        for kind, (name, field) in KINDS.items():
            self.files[kind + "-results.json"] = json_bytes(detections(self.files[name], field))
            self.changed.append(kind + "-results.json")

    def read(self, folder: Path, random: Random) -> None:
        """Score."""
        kind = random.choice(sorted(KINDS)) if random.randrange(4) == 0 else "person_keypoints"
        name, field = KINDS[kind]
        arguments = ["--annotations", str(folder / name), "--results", str(folder / (kind + "-results.json"))]
        main(["score", *arguments, "--type", field, *random.choice(([], ["--json"], ["--engine", "pycocotools"]))])
