"""`fetch`: a published file, on this disk, with the bytes it should have."""

import os
import shutil
import time
from pathlib import Path
from typing import Optional, Tuple

from zoo_common.artifacts import cache
from zoo_common.artifacts.artifact import Artifact
from zoo_common.artifacts.partial import Partial
from zoo_common.artifacts.pins import pin, pinned, pins_path
from zoo_common.artifacts.unpack import MAX_BYTES, MAX_FILES, extract
from zoo_common.errors import ZooError
from zoo_common.files import sha256_file

MAX_WAIT = 60.0
"""Longest pause between two attempts, seconds."""

PROGRESS_BYTES = 1 << 20
"""New bytes after which an attempt counts as progress and the retries start again."""

MAX_RATIO = 20
LEAST_BOUND = 16 << 20
"""Bytes that any archive may unpack to."""


class ContentError(ZooError):
    """A whole file, but not the one expected."""


def fetch(
    artifact: Artifact, *, progress: bool = True, timeout: float = 30.0, retries: int = 5, backoff: float = 1.0
) -> Path:
    """Return the artifact's file in the cache, downloading it if it is not there yet.

    The content is verified (size, sha256) before it gets its final name. An interrupted download goes on where it
    stopped, also after ``kill -9``. Any number of processes may ask for the same file; one downloads it.
    An artifact without ``sha256`` is pinned on first use; other content under the same URL is then refused.

    Args:
        artifact: what is asked for.
        progress: show a bar on a terminal.
        timeout: seconds without a byte before a connection counts as stalled.
        retries: attempts without progress after the first.
        backoff: seconds before the first retry; doubled each time, at most 60.

    Raises:
        ZooError: not cached and ``ZOO_OFFLINE`` is set; unreachable; other content than expected; disk full.
    """
    expected, _ = _expectation(artifact)
    cached = cache.find(expected, artifact.filename) if expected else None
    if cached is not None:
        Partial(cache.partial_path(artifact)).tidy()
        return cached
    with cache.lock(artifact.key):
        expected, _ = _expectation(artifact)
        cached = cache.find(expected, artifact.filename) if expected else _adopt(artifact)
        if cached is not None:
            return cached
        if os.environ.get("ZOO_OFFLINE", "").lower() not in ("", "0", "false", "no"):
            raise ZooError("{}: not in the cache and ZOO_OFFLINE is set; {}".format(artifact.url, _by_hand(artifact)))
        partial = Partial(cache.partial_path(artifact))
        with cache.writing(partial.path):
            partial.path.parent.mkdir(parents=True, exist_ok=True)
        resumed = partial.size > 0
        _download(artifact, partial, progress, timeout, retries, backoff)
        try:
            return _accept(artifact, partial.path)
        except ContentError:
            if not resumed:
                raise
        finally:
            partial.discard()
        # The old bytes may have been another version's, or damaged: once more, from nothing.
        _download(artifact, partial, progress, timeout, retries, backoff)
        try:
            return _accept(artifact, partial.path)
        finally:
            partial.discard()


def fetch_extracted(
    artifact: Artifact, *, progress: bool = True, max_bytes: int = MAX_BYTES, max_files: int = MAX_FILES
) -> Path:
    """Fetch an archive and return the cached folder of its contents, unpacking it at most once.

    Weights hardly compress: contents of more than `MAX_RATIO` times the archive's bytes are a bomb.

    Raises:
        ZooError: as `fetch` and `extract`.
    """
    archive = fetch(artifact, progress=progress)
    folder = cache.extracted_path(archive.parent.name)
    if folder.is_dir():
        return folder
    with cache.lock("extract-" + archive.parent.name):
        if not folder.is_dir():
            for stale in folder.parent.glob(".{}.*.tmp".format(folder.name)):
                shutil.rmtree(str(stale), ignore_errors=True)
            bound = max(LEAST_BOUND, MAX_RATIO * archive.stat().st_size)
            extract(archive, folder, max_bytes=min(max_bytes, bound), max_files=max_files)
    return folder


def _download(
    artifact: Artifact, partial: Partial, progress: bool, timeout: float, retries: int, backoff: float
) -> None:
    # Here, because a third of the import time is requests and most calls find the file in the cache.
    from zoo_common.artifacts.transfer import TransientError, transfer

    failures, furthest = 0, partial.size
    while True:
        try:
            transfer(artifact, partial, timeout, progress, blind_resume=artifact.sha256 is not None)
            return
        except TransientError as error:
            if partial.size >= furthest + PROGRESS_BYTES:
                failures, furthest = 0, partial.size
            failures += 1
            if failures > retries:
                message = "cannot download {}: {} ({} attempts without progress); {}"
                raise ZooError(message.format(artifact.url, error, failures, _by_hand(artifact))) from error
            wait = min(MAX_WAIT, max(error.wait, backoff * 2.0 ** (failures - 1)))
            cache.log.info("%s: %s; trying again in %.1f s", artifact.url, error, wait)
            time.sleep(wait)


def _accept(artifact: Artifact, path: Path) -> Path:
    """Verify a whole file and move it into the cache."""
    size, found = path.stat().st_size, sha256_file(path)
    expected, expected_size = _expectation(artifact)
    if (expected is not None and found != expected) or (expected_size is not None and size != expected_size):
        message = "{}: expected sha256 {} ({} bytes), received sha256 {} ({} bytes)".format(
            artifact.url, expected or "unknown", "unknown" if expected_size is None else expected_size, found, size
        )
        if artifact.sha256 is None and expected is not None:
            message += (
                "; the expected one was pinned on first use in {}: delete its entry to accept the new one".format(
                    pins_path()
                )
            )
        raise ContentError(message)
    stored = cache.store(path, found, artifact.filename)
    if expected is None:
        pin(artifact, found, size)
    return stored


def _adopt(artifact: Artifact) -> Optional[Path]:
    """Take in a file the user put by hand where its hash was not yet known."""
    dropped = cache.dropped_path(artifact)
    return _accept(artifact, dropped) if dropped.is_file() else None


def _expectation(artifact: Artifact) -> Tuple[Optional[str], Optional[int]]:
    """Return the sha256 and size the content must have: published, else pinned, else ``None``."""
    if artifact.sha256 is not None:
        return artifact.sha256, artifact.size
    known = pinned(artifact)
    return (None, artifact.size) if known is None else (known.sha256, known.size)


def _by_hand(artifact: Artifact) -> str:
    expected, _ = _expectation(artifact)
    place = cache.content_path(expected, artifact.filename) if expected else cache.dropped_path(artifact)
    return "to go on without a network, put the file at {}".format(place)
