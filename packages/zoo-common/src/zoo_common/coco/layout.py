"""Opening COCO as people really keep it: from a root folder to annotation file and photographs."""

from pathlib import Path
from typing import List, Optional

from zoo_common.coco.annotations import KINDS, read_content, require_valid
from zoo_common.coco.dataset import CocoDataset
from zoo_common.coco.naming import ImageLocator
from zoo_common.errors import ZooError, did_you_mean
from zoo_common.files import PathLike

PREFERRED_SPLITS = ("val2017", "val2014", "val")
_PREFIXES = ("person_keypoints", "instances", "captions", "stuff", "panoptic", "image_info")


def open_coco(
    root: PathLike,
    split: Optional[str] = None,
    kind: str = "person_keypoints",
    annotations: Optional[PathLike] = None,
    images: Optional[PathLike] = None,
    validate: bool = True,
) -> CocoDataset:
    """Open a COCO folder.

    Understands ``images/val2017/`` or ``val2017/`` beside ``annotations/``, flat folders, the 2014 and 2017
    file names, folders inside ``file_name`` and the last two components of ``coco_url``.

    Args:
        root: the dataset's folder (or its image folder, with ``annotations/`` beside it).
        split: None prefers val2017, then val2014, then the only one there.
        kind: ``person_keypoints`` or ``instances``.
        annotations: the annotation file, instead of looking for it.
        images: the image folder, instead of looking for it.
        validate: False tolerates faulty entries (they are left out of the dataset and stay in ``content``),
            for `zoo_common.coco.check.check` to name them all.

    Raises:
        ZooError: nothing found (lists what was looked for), or the annotations cannot be evaluated
            (names file, id, field and value).
    """
    base = Path(root)
    if kind not in KINDS:
        raise ZooError("unknown kind of annotations '{}'{}".format(kind, did_you_mean(kind, KINDS)))
    if not base.is_dir():
        raise ZooError("{}: not a folder".format(base) if base.exists() else "{}: no such folder".format(base))
    if images is not None and not Path(images).is_dir():
        raise ZooError("{}: no such image folder".format(images))
    file = _named_file(base, annotations) if annotations is not None else find_annotations(base, split, kind)
    content = read_content(file)
    if validate:
        require_valid(content, kind, file)
    name = split or split_of(file, kind)
    locator = ImageLocator(base, name, Path(images) if images else None)
    return CocoDataset(base, name, kind, file, locator, content, validated=validate)


def open_annotations(path: PathLike, kind: str) -> CocoDataset:
    """Open one annotation file for scoring alone; the photographs need not exist.

    Raises:
        ZooError: as `open_coco`.
    """
    file = Path(path)
    content = read_content(file)
    require_valid(content, kind, file)
    split, locator = split_of(file, kind), ImageLocator(file.parent, "")
    return CocoDataset(file.parent, split, kind, file, locator, content, validated=True)


def find_annotations(root: Path, split: Optional[str], kind: str) -> Path:
    """Return the annotation file of a split.

    Raises:
        ZooError: there is none, or several and none preferred.
    """
    folders = [folder for folder in (root / "annotations", root, root.parent / "annotations") if folder.is_dir()]
    if split is None and root.parent / "annotations" in folders and (root.parent / "annotations").is_dir():
        own = root.parent / "annotations" / "{}_{}.json".format(kind, root.name)
        if own.is_file():
            return own
    wanted = [split] if split else list(PREFERRED_SPLITS)
    for name in wanted:
        for folder in folders:
            file = folder / "{}_{}.json".format(kind, name)
            if file.is_file():
                return file
    looked = "{}_{}.json".format(kind, split or "*")
    for folder in folders:
        files = sorted(folder.glob(looked if split is None else "{}_{}*.json".format(kind, split)))
        validation = [file for file in files if split_of(file, kind).startswith("val")]
        files = validation if len(validation) == 1 else files
        if not files and folder == root:
            files = _unprefixed(folder, split)
        if len(files) == 1:
            return files[0]
        if files:
            raise ZooError(
                "{}: several annotation files, name one: {}".format(folder, ", ".join(f.name for f in files))
            )
    raise ZooError("{}: no {} in {}{}".format(root, looked, " or ".join(map(str, folders)), _present(folders)))


def split_of(file: Path, kind: str) -> str:
    """Return the split an annotation file is named after: ``person_keypoints_val2017.json`` gives ``val2017``."""
    stem = file.stem
    for prefix in (kind,) + _PREFIXES:
        if stem.startswith(prefix + "_"):
            return stem[len(prefix) + 1 :]
    return stem


def _named_file(root: Path, annotations: PathLike) -> Path:
    candidates = [Path(annotations), root / Path(annotations), root / "annotations" / Path(annotations)]
    for file in candidates:
        if file.is_file():
            return file
    raise ZooError("no annotation file {}".format(" or ".join(map(str, candidates))))


def _unprefixed(folder: Path, split: Optional[str]) -> List[Path]:
    files = [f for f in sorted(folder.glob("*.json")) if not f.stem.startswith(_PREFIXES)]
    return [f for f in files if f.stem == split] if split else files


def _present(folders: List[Path]) -> str:
    names = sorted({file.name for folder in folders for file in folder.glob("*.json")})
    return "; present: {}".format(", ".join(names[:10])) if names else "; no .json file there"
