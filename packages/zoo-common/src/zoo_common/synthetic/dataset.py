"""Write the synthetic dataset: deterministic, resumable after a kill, complete once ``synthetic.json`` is there.

While it grows, finished blocks of pictures are noted in ``.unfinished/``; the same command goes on from there.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, NamedTuple

import cv2
import numpy as np
from tqdm import tqdm

from zoo_common.errors import ZooError
from zoo_common.files import atomic_open, canonical_json, read_json, write_json
from zoo_common.locks import held
from zoo_common.synthetic.annotations import annotate, instance_categories, person_categories
from zoo_common.synthetic.claim import RECIPE, UNFINISHED, claim, is_complete, lock_path, tidy
from zoo_common.synthetic.scene import render
from zoo_common.synthetic.workers import spread

VERSION = 4
SPLITS = ("train2017", "val2017")
BLOCK = 20
_ID_STEP = 10000000  # ids of val do not depend on the number of train images
_LIMIT = 1000000


@dataclass(frozen=True)
class Summary:
    """What a finished dataset holds."""

    out: Path
    images: Dict[str, int]  # per split
    people: Dict[str, int]  # with keypoints, per split
    instances: Dict[str, int]  # of every category, per split
    reused: bool  # it was complete already

    def __str__(self) -> str:
        parts = [
            "{} {} images, {} people, {} instances".format(s, self.images[s], self.people[s], self.instances[s])
            for s in SPLITS
        ]
        return "{}: {}{}".format(self.out, "; ".join(parts), " (already there)" if self.reused else "")


class _Block(NamedTuple):
    out: str
    seed: int
    split: int
    start: int
    stop: int

    @property
    def note(self) -> Path:
        return Path(self.out) / UNFINISHED / "{}-{:06d}.json".format(SPLITS[self.split], self.start)


def generate(
    out: "os.PathLike[str] | str",
    *,
    train: int = 1600,
    val: int = 200,
    seed: int = 1,
    workers: int = 1,
    progress: bool = True,
) -> Summary:
    """Write a COCO-format dataset of drawn people and things, or find it complete and return at once.

    The same recipe gives the same bytes with the same OpenCV and NumPy, however many workers draw and however
    often it was interrupted. A picture depends only on (seed, split, index).

    Args:
        out: folder to fill: ``annotations/{person_keypoints,instances}_{train,val}2017.json``,
            ``images/{train,val}2017/%012d.jpg`` and, last, ``synthetic.json``.
        train: number of training images, 0 to 1,000,000.
        val: number of validation images.
        seed: non-negative.
        workers: processes that draw.
        progress: show a bar on stderr.

    Raises:
        ZooError: a count is out of range; the folder holds something else, or a dataset of another recipe.
    """
    for name, value, low, high in (
        ("train", train, 0, _LIMIT),
        ("val", val, 0, _LIMIT),
        ("seed", seed, 0, 2**63),
        ("workers", workers, 1, 256),
    ):
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ZooError(
                "synthetic data: {} must be a whole number from {} to {} (got {!r})".format(name, low, high, value)
            )
    folder = Path(out)
    recipe = {
        "generator": "zoo_common.synthetic",
        "version": VERSION,
        "seed": seed,
        "train": train,
        "val": val,
    }
    made_with = {"opencv": cv2.__version__, "numpy": np.__version__}
    if is_complete(folder, recipe):
        tidy(folder)
        return _summary(folder, reused=True)
    if folder.exists() and not folder.is_dir():
        raise ZooError("{}: not a folder".format(folder))
    with held(lock_path(folder), "{}: another process draws here".format(folder), wait=True):
        if not is_complete(folder, recipe):
            claim(folder, recipe, made_with)
            blocks = [
                _Block(str(folder), seed, split, start, min(start + BLOCK, count))
                for split, count in enumerate((train, val))
                for start in range(0, count, BLOCK)
            ]
            _draw(blocks, workers, progress)
            _collect(folder, blocks, recipe, made_with)
    return _summary(folder, reused=False)


def _draw(blocks: List[_Block], workers: int, progress: bool) -> None:
    todo = [block for block in blocks if not block.note.exists()]
    total = sum(block.stop - block.start for block in blocks)
    for split in SPLITS:
        if blocks:
            (Path(blocks[0].out) / "images" / split).mkdir(parents=True, exist_ok=True)
    with tqdm(total=total, unit="image", desc="drawing", disable=None if progress else True) as bar:
        bar.update(total - sum(block.stop - block.start for block in todo))
        for drawn in spread(_draw_block, todo, workers):
            bar.update(drawn)


def _draw_block(block: _Block) -> int:
    """Draw a block's pictures, then note their annotations: the note's presence means that all are written."""
    images, annotations = [], []
    folder = Path(block.out) / "images" / SPLITS[block.split]
    for index in range(block.start, block.stop):
        picture = render(block.seed, block.split, index)
        number = block.split * _LIMIT + index + 1
        name = "{:012d}.jpg".format(number)
        jpeg = cv2.imencode(".jpg", picture.image, [cv2.IMWRITE_JPEG_QUALITY, picture.quality])[1]
        with atomic_open(folder / name, "wb") as stream:
            stream.write(jpeg.tobytes())
        height, width = picture.image.shape[:2]
        images.append({"id": number, "file_name": name, "width": width, "height": height, "license": 1})
        annotations += [annotate(instance, number) for instance in picture.instances]
    with atomic_open(block.note) as stream:  # in one line: twenty times quicker than indented
        stream.write(canonical_json({"images": images, "annotations": annotations}))
    return block.stop - block.start


def _collect(folder: Path, blocks: List[_Block], recipe: Dict[str, Any], made_with: Dict[str, str]) -> None:
    """Join the notes to annotation files, write the record, and tidy up: in that order."""
    counts: Dict[str, Dict[str, int]] = {"images": {}, "people": {}, "instances": {}}
    for split, name in enumerate(SPLITS):
        notes = [read_json(block.note) for block in blocks if block.split == split]
        images = [image for note in notes for image in note["images"]]
        everything = [entry for note in notes for entry in note["annotations"]]
        for number, entry in enumerate(everything, start=1 + split * _ID_STEP):
            entry["id"] = number
        people = [entry for entry in everything if entry["category_id"] == 1]
        plain = [{k: v for k, v in e.items() if k not in ("keypoints", "num_keypoints")} for e in everything]
        _write(folder, "person_keypoints_" + name, images, people, person_categories())
        _write(folder, "instances_" + name, images, plain, instance_categories())
        counts["images"][name] = len(images)
        counts["people"][name] = sum(entry["num_keypoints"] > 0 for entry in people)
        counts["instances"][name] = len(everything)
    write_json(folder / RECIPE, dict(counts, recipe=recipe, made_with=made_with))
    tidy(folder)


def _write(folder: Path, name: str, images: List[Any], annotations: List[Any], categories: List[Any]) -> None:
    document = {
        "info": {
            "description": "Drawn people and things with exact annotations",
            "version": str(VERSION),
            "contributor": "zoo-common",
        },
        "licenses": [{"id": 1, "name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"}],
        "images": images,
        "annotations": annotations,
        "categories": categories,
    }
    with atomic_open(folder / "annotations" / (name + ".json")) as stream:
        stream.write(canonical_json(document))


def _summary(folder: Path, reused: bool) -> Summary:
    found = read_json(folder / RECIPE)
    return Summary(folder, found["images"], found["people"], found["instances"], reused)
