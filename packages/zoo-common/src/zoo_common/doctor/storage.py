"""Memory, free disk, and the caches that grow."""

import os
import shutil
import sys
from pathlib import Path
from typing import List, NamedTuple, Optional


class Cache(NamedTuple):
    """A folder that downloads fill; ``variable`` moves it elsewhere."""

    name: str
    path: str
    variable: str
    writable: bool


def memory_bytes() -> Optional[int]:
    """Return the machine's memory, or None where the system does not tell."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return None


def free_bytes(path: Path) -> int:
    """Return the free bytes of the file system that holds ``path`` or its nearest existing parent."""
    return shutil.disk_usage(str(_existing(path))).free


def caches() -> List[Cache]:
    """Return the model cache and uv's cache, as the environment places them."""
    root = _user_cache()
    named = (
        ("models", "ZOO_CACHE", root / "quantzoo"),
        ("uv", "UV_CACHE_DIR", _xdg_cache() / "uv"),
    )
    found = []
    for name, variable, default in named:
        chosen = os.environ.get(variable, "").strip()
        path = Path(chosen).expanduser() if chosen else default
        found.append(Cache(name, str(path), variable, os.access(str(_existing(path)), os.W_OK)))
    return found


def _xdg_cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache"))


def _user_cache() -> Path:
    return Path.home() / "Library" / "Caches" if sys.platform == "darwin" else _xdg_cache()


def _existing(path: Path) -> Path:
    path = path.absolute()
    while not path.exists() and path != path.parent:
        path = path.parent
    return path
