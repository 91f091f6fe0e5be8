"""Files that are either whole or absent: atomic writes, canonical JSON, hashes."""

import contextlib
import hashlib
import json
import os
from pathlib import Path
from typing import IO, Any, Iterator, Union

from zoo_common.errors import ZooError
from zoo_common.locks import open_locked

PathLike = Union[str, "os.PathLike[str]"]


@contextlib.contextmanager
def atomic_open(path: PathLike, mode: str = "w") -> Iterator[IO[Any]]:
    """Open a temporary sibling of ``path`` for writing; rename it over ``path`` only if the block succeeds.

    The data reach the disk (fsync) before the rename, so that a crash or ``kill -9`` at any moment
    leaves the old file or the new one, never half of one. A temporary file that a crash has left is written over by the
    next who writes the same path; two who do so at once take turns.

    Raises:
        ZooError: the folder cannot be written or the disk is full; the message names the path.
    """
    target = Path(path)
    temporary = target.parent / ".{}.tmp".format(target.name)
    text = "b" not in mode
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle = open_locked(temporary)
        with os.fdopen(handle, mode, encoding="utf-8" if text else None, newline="\n" if text else None) as stream:
            try:
                os.ftruncate(handle, 0)
                yield stream
                stream.flush()
                os.fsync(handle)
                os.replace(str(temporary), str(target))
            except BaseException:
                with contextlib.suppress(OSError):
                    temporary.unlink()
                raise
    except OSError as error:
        raise ZooError("cannot write {}: {}".format(target, error.strerror or error)) from error


def canonical_json(value: Any) -> str:
    """Return the one JSON text of a value: sorted keys, no spaces, no NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def write_json(path: PathLike, value: Any) -> None:
    """Write ``value`` as indented, key-sorted JSON, atomically.

    Raises:
        ZooError: as `atomic_open`.
    """
    with atomic_open(path) as stream:
        stream.write(json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: PathLike) -> Any:
    """Read one JSON file.

    Raises:
        ZooError: the file is absent, unreadable, not UTF-8 or not JSON; the message gives line and column.
    """
    try:
        with open(str(path), encoding="utf-8") as stream:
            return json.load(stream)
    except OSError as error:
        raise ZooError("cannot read {}: {}".format(path, error.strerror or error)) from error
    except UnicodeDecodeError as error:
        raise ZooError("{}: not UTF-8 text (byte {})".format(path, error.start)) from error
    except json.JSONDecodeError as error:
        where = "{}: broken JSON at line {}, column {}".format(path, error.lineno, error.colno)
        raise ZooError("{}: {}".format(where, error.msg)) from error
    except RecursionError:
        raise ZooError("{}: JSON nested too deeply".format(path)) from None
    except ValueError as error:  # a number of thousands of digits
        raise ZooError("{}: broken JSON: {}".format(path, str(error).split(";", 1)[0])) from None


def sha256_file(path: PathLike) -> str:
    """Return the hexadecimal SHA-256 of a file's bytes.

    Raises:
        ZooError: the file cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with open(str(path), "rb") as stream:
            for block in iter(lambda: stream.read(1 << 20), b""):
                digest.update(block)
    except OSError as error:
        raise ZooError("cannot read {}: {}".format(path, error.strerror or error)) from error
    return digest.hexdigest()


def sha256_text(text: str) -> str:
    """Return the hexadecimal SHA-256 of a text's UTF-8 bytes."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
