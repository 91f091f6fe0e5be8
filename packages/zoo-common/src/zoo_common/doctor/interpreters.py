"""Finds Python interpreters where tox and uv will look for them: PATH, pyenv, uv."""

import os
import subprocess
from pathlib import Path
from typing import Iterator, List, NamedTuple, Optional, Tuple

# Fails inside a virtual environment: tox needs the interpreter behind it.
PROBE = (
    "import sys; print('%d.%d.%d' % sys.version_info[:3]); print(sys.executable); "
    "sys.exit(sys.prefix != sys.base_prefix)"
)
TIMEOUT = 20  # seconds; a shim on a slow disk can take several


class Interpreter(NamedTuple):
    """A working interpreter."""

    version: str  # "3.10.13"
    path: str
    source: str  # "PATH", "pyenv" or "uv"


def pyenv_root() -> Path:
    """Return the folder pyenv keeps its versions under, whether or not it exists."""
    return Path(os.environ.get("PYENV_ROOT") or str(Path.home() / ".pyenv"))


def uv_root() -> Path:
    """Return the folder uv keeps its interpreters in, whether or not it exists."""
    named = os.environ.get("UV_PYTHON_INSTALL_DIR")
    if named:
        return Path(named)
    data = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(data) / "uv" / "python"


def find(python: str) -> Optional[Interpreter]:
    """Return the first interpreter of version ``python`` ("3.10") that really starts, or None.

    pyenv's shims are files that exist for every version and start only for the active ones: that is
    why each candidate is run.
    """
    for path, source in _candidates(python):
        answer = _probe(path)
        if answer and answer[0].startswith(python + "."):
            return Interpreter(answer[0], answer[1], source)
    return None


def _candidates(python: str) -> Iterator[Tuple[Path, str]]:
    shims = pyenv_root() / "shims"
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        path = Path(folder) / ("python" + python)
        if folder and path.is_file():
            yield path, "pyenv" if path.parent == shims or pyenv_root() in path.parents else "PATH"
    for root, pattern, source in (
        (pyenv_root() / "versions", python + ".*", "pyenv"),
        (uv_root(), "cpython-{}.*".format(python), "uv"),
    ):
        for folder in _newest_first(root, pattern):
            yield folder / "bin" / ("python" + python), source


def _newest_first(root: Path, pattern: str) -> List[Path]:
    return sorted((path for path in root.glob(pattern) if path.is_dir()), reverse=True)


def _probe(path: Path) -> Optional[Tuple[str, str]]:
    try:
        done = subprocess.run(
            [str(path), "-c", PROBE],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            timeout=TIMEOUT,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = done.stdout.decode("utf-8", "replace").split("\n")
    return (lines[0].strip(), lines[1].strip()) if done.returncode == 0 and len(lines) >= 2 else None
