"""What lies in a folder: compared byte for byte, and looked at right after a death."""

import json
import struct
import zipfile
from pathlib import Path
from typing import Callable, Dict, List, Optional

from torture.outcome import require
from zoo_common.errors import ZooError
from zoo_common.tfrecord import read_records

Tree = Dict[str, Optional[bytes]]
NOT_COMPARED = ("measurements.json", "checkpoint")
"""Times: those of a run, and those in TensorFlow's list of checkpoints."""
UNFINISHED = ("partial", "tensorboard", ".unfinished.lock")
"""Where files may be half written: a download that is resumed, a journal that no result depends on."""


def contents(folder: Path) -> Tree:
    """Return path to bytes of every file, None for folders and for what is not compared."""
    found: Tree = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if "tensorboard" not in name.parts:
            read = path.is_file() and path.name not in NOT_COMPARED
            found[str(name)] = path.read_bytes() if read else None
    return found


def require_same(found: Tree, expected: Tree) -> None:
    """Raise `ViolationError` where two folders differ; names the first few paths."""
    parts: List[str] = []
    for title, names in (
        ("left over", set(found) - set(expected)),
        ("missing", set(expected) - set(found)),
        ("different", {name for name in set(found) & set(expected) if found[name] != expected[name]}),
    ):
        if names:
            parts.append("{}: {}".format(title, ", ".join(sorted(names)[:4])))
    require(not parts, "not as undisturbed: {}", "; ".join(parts))


def require_whole(folder: Path, expected: Tree) -> None:
    """Raise `ViolationError` if a file under a final name is half written: neither as expected nor readable."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_dir() or _is_temporary(name) or any(part in UNFINISHED for part in name.parts):
            continue
        data = path.read_bytes()
        if data == expected.get(str(name)):
            continue
        require(_readable(path, data), "half written under its final name: {} ({} bytes)", name, len(data))


def require_tidy(folder: Path) -> None:
    """Raise `ViolationError` if a process that could tidy up left a temporary file."""
    left = [path.relative_to(folder) for path in folder.rglob("*") if _is_temporary(path.relative_to(folder))]
    require(not left, "temporary file left: {}", ", ".join(map(str, sorted(left)[:4])))


def _is_temporary(name: Path) -> bool:
    return any(part.startswith(".") and part.endswith(".tmp") for part in name.parts)


def _readable(path: Path, data: bytes) -> bool:
    if path.name.endswith("lock"):
        return True
    reader = _READERS.get(path.suffix) or (_of_records if "record" in path.name else _of_tensorflow)
    try:
        return reader(path, data)
    except (ValueError, ZooError, zipfile.BadZipFile, struct.error):
        return False


def _of_records(path: Path, data: bytes) -> bool:
    return sum(1 for _ in read_records(path)) > 0


def _of_tensorflow(path: Path, data: bytes) -> bool:
    """Its checkpoints are TensorFlow's own business: what cannot be restored fails the next command."""
    return "checkpoints" in path.parts


def _of_lines(path: Path, data: bytes) -> bool:
    return data.endswith(b"\n") and all(json.loads(line.decode()) is not None for line in data.splitlines())


def _of_zip(path: Path, data: bytes) -> bool:
    with zipfile.ZipFile(str(path)) as archive:
        return archive.testzip() is None


def _of_hdf5(path: Path, data: bytes) -> bool:
    return struct.unpack("<Q", data[40:48])[0] == len(data)


_READERS: Dict[str, Callable[[Path, bytes], bool]] = {
    ".json": lambda path, data: json.loads(data.decode()) is not None,
    ".jsonl": _of_lines,
    ".npz": _of_zip,
    ".h5": _of_hdf5,
    ".jpg": lambda path, data: data.startswith(b"\xff\xd8") and data.endswith(b"\xff\xd9"),
    ".tfrecord": _of_records,
    ".html": lambda path, data: data.rstrip().endswith(b"</html>"),
}
