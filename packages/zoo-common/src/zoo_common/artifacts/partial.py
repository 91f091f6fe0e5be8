"""The bytes of an interrupted download, and which version of the file they are."""

import contextlib
from pathlib import Path
from typing import Optional

from zoo_common.errors import ZooError
from zoo_common.files import read_json, write_json


class Partial:
    """An unfinished download (``.part``) and the validator of the version it is a prefix of (``.json`` beside it)."""

    def __init__(self, path: Path):
        self.path = path
        self._validator = path.with_suffix(".json")

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def validator(self) -> Optional[str]:
        """The strong ETag, or else the date, of the version begun; ``None`` where the server gave neither."""
        try:
            value = read_json(self._validator).get("validator")
        except (ZooError, AttributeError):
            return None
        return value if isinstance(value, str) else None

    def begin(self, validator: Optional[str]) -> None:
        """Empty the file first, then note its new version: a crash between the two cannot mix versions."""
        with open(str(self.path), "wb"):
            pass
        write_json(self._validator, {"validator": validator})

    def tidy(self) -> None:
        """Remove the note of a download whose bytes have their final name: a process was killed in between."""
        if not self.path.exists():
            with contextlib.suppress(OSError):  # a cache that cannot be written keeps it
                self._validator.unlink()

    def discard(self) -> None:
        """Forget the bytes."""
        for path in (self.path, self._validator):
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
