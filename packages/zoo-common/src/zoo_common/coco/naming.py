"""Where a photograph lies: the names and folders under which people keep COCO's images."""

import re
from pathlib import Path, PurePosixPath
from typing import Iterator, List, Optional, Sequence, Tuple

ImageKey = Tuple[int, str, Optional[str]]
_OFFICIAL = re.compile(r"(train|val|test)20(14|15|17)$")
_PROBES = 20


class ImageLocator:
    """Finds photographs below a root by annotation name, COCO URL or image id.

    Names that would leave the folder (absolute, or with ``..``) count by their last component only.

    Attributes:
        example: the name under which a photograph was found, once `choose_folder` found one.
    """

    def __init__(self, root: Path, split: str, images: Optional[Path] = None) -> None:
        self._root = root
        self._split = split
        if images is not None:
            self._folders = [images, images / split]
        else:
            self._folders = [root / "images" / split, root / split, root / "images", root, root.parent]
            self._folders += _official_folders(root)
        self.example = ""

    @property
    def folders(self) -> List[Path]:
        """The folders looked into, in order."""
        return list(self._folders)

    def choose_folder(self, images: Sequence[ImageKey]) -> Path:
        """Put the folder that holds most of an even sample of the images first, and return it."""
        step = max(1, len(images) // _PROBES)
        sample = images[::step]
        existing = [folder for folder in self._folders if folder.is_dir()]
        best, most = None, 0
        for folder in existing:
            hits = [path for path in (self._first(folder, key) for key in sample) if path is not None]
            if len(hits) > most:
                best, most = folder, len(hits)
                self.example = str(hits[0].relative_to(folder))
        if best is None:
            parent = self._root.parent
            return next((folder for folder in existing if folder != parent), self._folders[0])
        self._folders = [best] + [folder for folder in existing if folder != best]
        return best

    def find(self, image_id: int, file_name: str, url: Optional[str]) -> Path:
        """Return the photograph's path, or the likeliest one if it is nowhere."""
        key = (image_id, file_name, url)
        for folder in self._folders:
            path = self._first(folder, key)
            if path is not None:
                return path
        return self._folders[0] / next(self._names(self._folders[0], key))

    def show(self, path: Path) -> str:
        """Return a path relative to the root where it lies below it."""
        try:
            return str(path.relative_to(self._root))
        except ValueError:
            return str(path)

    def _first(self, folder: Path, key: ImageKey) -> Optional[Path]:
        outside = folder == self._root.parent
        for name in self._names(folder, key):
            # Above the root, only a name that leads back into a folder counts: "val2017/0.jpg", root "val2017".
            if not (outside and "/" not in name) and is_file(folder / name):
                return folder / name
        return None

    def _names(self, folder: Path, key: ImageKey) -> Iterator[str]:
        image_id, file_name, url = key
        inside = PurePosixPath(file_name.replace("\\", "/"))
        if not inside.is_absolute() and ".." not in inside.parts:
            yield str(inside)
        yield inside.name or file_name
        if isinstance(url, str) and "/" in url:
            parts = [part for part in url.split("/")[-2:] if part not in ("", "..")]
            yield "/".join(parts)
            yield parts[-1] if parts else inside.name
        official = "{:012d}.jpg".format(image_id)
        yield official
        if _OFFICIAL.match(folder.name):
            yield "COCO_{}_{}".format(folder.name, official)
        yield "COCO_{}_{}".format(self._split, official)


def is_file(path: Path) -> bool:
    """Return whether a file is there; not, where its name is one that no file system takes."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _official_folders(root: Path) -> List[Path]:
    # COCO's image ids are unique over all its splits, and val2017 was drawn from train2014 and val2014.
    found = []
    for parent in (root / "images", root):
        if parent.is_dir():
            found += sorted(child for child in parent.iterdir() if _OFFICIAL.match(child.name) and child.is_dir())
    return found
