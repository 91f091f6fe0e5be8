"""Unpack a downloaded archive as if its author wished us ill."""

import os
import shutil
import tempfile
import unicodedata
from pathlib import Path
from typing import IO, Dict, Tuple

from zoo_common.artifacts.archive import Entry, entries, reading
from zoo_common.errors import ZooError
from zoo_common.files import PathLike

MAX_BYTES = 4 << 30
MAX_FILES = 10000
_BLOCK = 1 << 20


def extract(archive: PathLike, into: PathLike, *, max_bytes: int = MAX_BYTES, max_files: int = MAX_FILES) -> Path:
    """Unpack a tar (plain, gz, bz2, xz) or zip into the new folder ``into``, completely or not at all.

    The kind is told from the content, not the name. Only regular files and folders are made, with this process's
    default permissions.

    Args:
        archive: the file.
        into: must not exist, or be an empty folder.
        max_bytes: limit of the unpacked bytes, counted as they come, whatever the headers claim.
        max_files: limit of the archive's entries.

    Raises:
        ZooError: an absolute path, ``..``, link, device, name given twice (also if it differs only in case), a limit
            passed, a damaged, encrypted or empty archive, or a full disk; the message names archive and entry.
    """
    source, target = Path(archive), Path(into)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ZooError("cannot extract {} into {}: it exists and is not an empty folder".format(source, target))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=".{}.".format(target.name), suffix=".tmp", dir=str(target.parent)))
        try:
            # A folder of its own inside: mkdtemp's is closed to others, this one follows the umask.
            contents = temporary / "contents"
            contents.mkdir()
            with reading(source):
                _unpack(source, contents, max_bytes, max_files)
            os.replace(str(contents), str(target))
        finally:
            shutil.rmtree(str(temporary), ignore_errors=True)
    except OSError as error:
        raise ZooError("cannot extract {} into {}: {}".format(source, target, error.strerror or error)) from error
    return target


def _unpack(source: Path, root: Path, max_bytes: int, max_files: int) -> None:
    written, files = 0, 0
    seen = {}  # type: Dict[Tuple[str, ...], bool]
    for number, entry in enumerate(entries(source), start=1):
        if number > max_files:
            raise ZooError("{}: more than {} entries".format(source, max_files))
        parts = _parts(source, entry.name)
        _claim(source, entry, parts, seen)
        path = root.joinpath(*parts)
        if entry.is_folder:
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(str(path), "xb") as stream:
            written += _copy(source, entry, stream, max_bytes - written)
            stream.flush()
            os.fsync(stream.fileno())
        files += 1
    if files == 0:
        raise ZooError("{}: the archive holds no files".format(source))


def _copy(source: Path, entry: Entry, stream: IO[bytes], limit: int) -> int:
    count = 0
    with entry.open() as content:
        while True:
            block = content.read(_BLOCK)
            if not block:
                break
            count += len(block)
            if count > limit:
                raise ZooError("{}: {}: the contents pass the limit of bytes".format(source, entry.name))
            stream.write(block)
    if count != entry.size:
        raise ZooError("{}: {}: {} of {} bytes".format(source, entry.name, count, entry.size))
    return count


def _parts(source: Path, name: str) -> Tuple[str, ...]:
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    unsafe = (
        name.startswith("/")
        or ".." in parts
        or "\\" in name
        or any(ord(character) < 32 for character in name)
        or (bool(parts) and len(parts[0]) > 1 and parts[0][1] == ":")
    )
    if unsafe:
        raise ZooError("{}: refused the entry {!r}: not a plain relative path".format(source, name))
    return parts


def _claim(source: Path, entry: Entry, parts: Tuple[str, ...], seen: Dict[Tuple[str, ...], bool]) -> None:
    """Refuse an entry that would replace another, on file systems that fold case and accents too."""
    folded = tuple(unicodedata.normalize("NFC", part).casefold() for part in parts)
    if not parts and not entry.is_folder:
        raise ZooError("{}: refused an entry without a name".format(source))
    # +1 for a folder's own name: it may come again, a file's may not.
    folders = [folded[:depth] for depth in range(1, len(folded) + entry.is_folder)]
    taken = not entry.is_folder and folded in seen
    if taken or not all(seen.setdefault(folder, True) for folder in folders):
        raise ZooError("{}: refused the entry {!r}: it would replace another".format(source, entry.name))
    seen.setdefault(folded, entry.is_folder)
