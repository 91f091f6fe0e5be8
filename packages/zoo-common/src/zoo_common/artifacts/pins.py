"""Trust on first use: the hash a file had when it was first fetched, kept in ``<cache>/pins.json``."""

from pathlib import Path
from typing import Dict, Optional

from pydantic import Field
from typing_extensions import Literal

from zoo_common.artifacts import cache
from zoo_common.artifacts.artifact import Artifact
from zoo_common.files import read_json, write_json
from zoo_common.schema import Document, parse


class Pin(Document):
    """Content of a URL as first seen."""

    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    size: int


class Pins(Document):
    """The whole of ``pins.json``."""

    schema_version: Literal[1] = Field(default=1, alias="schema")
    pins: Dict[str, Pin] = Field(default_factory=dict)


def pins_path() -> Path:
    """Return the file of the pins."""
    return cache.cache_dir() / "pins.json"


def pinned(artifact: Artifact) -> Optional[Pin]:
    """Return what the artifact's URL held when it was first fetched, or ``None``.

    Raises:
        ZooError: the pins file is broken.
    """
    return _read().pins.get(artifact.url)


def pin(artifact: Artifact, sha256: str, size: int) -> None:
    """Record the content of the artifact's URL and say so once through logging."""
    path = pins_path()
    with cache.lock("pins"):
        pins = dict(_read().pins)
        pins[artifact.url] = Pin(sha256=sha256, size=size)
        write_json(path, Pins(pins=pins).model_dump(by_alias=True))
    cache.log.warning(
        "%s: no sha256 is published; trusted on first use and pinned in %s: sha256 %s, %d bytes",
        artifact.url,
        path,
        sha256,
        size,
    )


def _read() -> Pins:
    path = pins_path()
    return parse(Pins, read_json(path), str(path)) if path.exists() else Pins()
