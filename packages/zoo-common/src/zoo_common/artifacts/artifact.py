"""What is known of a published file before it is fetched."""

import re
from typing import Optional, Tuple
from urllib.parse import unquote, urlsplit

from pydantic import Field, field_validator

from zoo_common.files import sha256_text
from zoo_common.schema import Document


class Artifact(Document):
    """A file behind a URL.

    Attributes:
        url: http or https address.
        sha256: lower-case hexadecimal hash of the file's bytes; ``None`` pins it on first use.
        size: bytes; ``None`` where nobody published it.
        hosts: names of further hosts that ``url`` may redirect to.
    """

    url: str
    sha256: Optional[str] = Field(default=None, pattern="^[0-9a-f]{64}$")
    size: Optional[int] = Field(default=None, gt=0, strict=True)
    hosts: Tuple[str, ...] = ()

    @field_validator("url")
    @classmethod
    def check_url(cls, url: str) -> str:
        """Return ``url`` if it is an http or https address, else raise ValueError."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must be an http:// or https:// address")
        return url

    @property
    def filename(self) -> str:
        """The last part of the URL's path, reduced to letters, digits, ``.``, ``_``, ``-`` and ``+``."""
        last = unquote(urlsplit(self.url).path).rstrip("/").rsplit("/", 1)[-1]
        return re.sub(r"[^A-Za-z0-9._+-]", "_", last).lstrip(".")[-150:] or "artifact"

    @property
    def key(self) -> str:
        """Hash of the URL: the name of its lock and of its partial download."""
        return sha256_text(self.url)[:32]
