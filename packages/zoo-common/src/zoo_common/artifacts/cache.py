"""The download cache: where a content lives, how it is found again, and who may write."""

import contextlib
import errno
import logging
import os
import shutil
from pathlib import Path
from typing import Iterator, Optional

import filelock
import platformdirs

from zoo_common.artifacts.artifact import Artifact
from zoo_common.errors import ZooError
from zoo_common.files import atomic_open, sha256_file

log = logging.getLogger("zoo_common.artifacts")


def cache_dir() -> Path:
    """Return the cache folder: the environment variable ``ZOO_CACHE``, else the platform's cache of ``quantzoo``."""
    chosen = os.environ.get("ZOO_CACHE", "").strip()
    return Path(chosen).expanduser().absolute() if chosen else Path(platformdirs.user_cache_dir("quantzoo"))


def content_path(sha256: str, filename: str) -> Path:
    """Return ``<cache>/sha256/<ab>/<sha256>/<filename>``, whether or not the file exists."""
    return cache_dir() / "sha256" / sha256[:2] / sha256 / filename


def extracted_path(sha256: str) -> Path:
    """Return the folder an archive of this content unpacks into."""
    return cache_dir() / "extracted" / sha256[:2] / sha256


def partial_path(artifact: Artifact) -> Path:
    """Return where an unfinished download of the artifact waits to be resumed."""
    return cache_dir() / "partial" / (artifact.key + ".part")


def dropped_path(artifact: Artifact) -> Path:
    """Return where a user puts by hand a file whose hash nobody knows yet."""
    return cache_dir() / "by-hand" / artifact.key / artifact.filename


def find(sha256: str, filename: str) -> Optional[Path]:
    """Return the cached file of this content, under this file name, or ``None``.

    Content cached under another name is linked (or copied) to this one. Every hit is hashed: a damaged
    file is reported once through logging and counts as absent.
    """
    wanted = content_path(sha256, filename)
    for candidate in [wanted] + sorted(path for path in wanted.parent.glob("[!.]*") if path != wanted):
        if not candidate.is_file():
            continue
        found = sha256_file(candidate)
        if found != sha256:
            log.warning("%s is damaged: expected sha256 %s, found %s", candidate, sha256, found)
            continue
        if candidate != wanted:
            with writing(wanted):
                _same_content(candidate, wanted)
        return wanted
    return None


def store(path: Path, sha256: str, filename: str) -> Path:
    """Move a finished, verified file into the cache; it appears there whole or not at all."""
    target = content_path(sha256, filename)
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(str(path), "rb+") as stream:
            os.fsync(stream.fileno())
        os.replace(str(path), str(target))
    return target


@contextlib.contextmanager
def lock(name: str) -> Iterator[None]:
    """Hold the cache's lock ``name`` against every other process and thread.

    Raises:
        ZooError: the cache cannot be written, or its file system knows no locks.
    """
    path = cache_dir() / "locks" / (name + ".lock")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    guard = filelock.FileLock(str(path))
    try:
        try:
            guard.acquire(timeout=1)
        except filelock.Timeout:
            log.warning("waiting for another process that holds %s", path)
            guard.acquire()
    except (OSError, NotImplementedError) as error:
        raise ZooError("cannot lock {}: {}; set ZOO_CACHE to a local folder".format(path, error)) from error
    try:
        yield
    finally:
        guard.release()


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn a full disk or an unwritable cache into one clear `ZooError` naming ``path``."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        advice = (
            "; free some space or set ZOO_CACHE to another disk" if full else "; set ZOO_CACHE to a folder of yours"
        )
        raise ZooError("cannot write {}: {}{}".format(path, error.strerror or error, advice)) from error


def _same_content(source: Path, target: Path) -> None:
    try:
        os.link(str(source), str(target))
    except OSError:  # a damaged one is there, or the file system knows no links
        with atomic_open(target, "wb") as stream, open(str(source), "rb") as content:
            shutil.copyfileobj(content, stream)
