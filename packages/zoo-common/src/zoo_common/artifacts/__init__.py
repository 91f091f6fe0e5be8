"""Published files: downloaded whole or not at all, checked by hash, cached by content, unpacked safely."""

from zoo_common.artifacts.artifact import Artifact
from zoo_common.artifacts.cache import cache_dir
from zoo_common.artifacts.download import fetch, fetch_extracted
from zoo_common.artifacts.unpack import extract

__all__ = ["Artifact", "cache_dir", "extract", "fetch", "fetch_extracted"]
