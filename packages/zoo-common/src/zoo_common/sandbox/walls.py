"""The arguments of bubblewrap: what is seen, what is written to, what is left of the environment."""

import os
from pathlib import Path
from typing import Dict, Iterable, List, Mapping

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/sys/devices/system")
_SETTINGS = (
    "alternatives fonts group hosts ld.so.cache ld.so.conf ld.so.conf.d localtime nsswitch.conf passwd timezone"
).split()
_KEPT = ("PATH", "LANG", "TERM", "COLUMNS", "TZ", "NO_COLOR", "SOURCE_DATE_EPOCH")
_KEPT_STARTS = ("LC_", "ZOO_", "OMP_", "KMP_", "MKL_", "MXNET_", "TF_CPP_", "TF_ENABLE_", "TF_NUM_", "PYTHONHASHSEED")
_ARENAS = "4"
"""Of the C library's allocator: each reserves 64 MiB of addresses, which count towards the bound on memory."""


def arguments(readable: Iterable[Path], writable: Iterable[Path], shared_bytes: int) -> List[str]:
    """Return bubblewrap's arguments up to the command.

    Network, processes, users, host name and shared memory are the sandbox's own; it holds no capability and cannot
    gain one. Nothing can be written but ``writable`` and a private ``/tmp`` and ``/dev/shm``.

    Args:
        readable: existing files and folders, shown where they are.
        writable: existing folders, shown where they are.
        shared_bytes: bound of each of ``/tmp`` and ``/dev/shm``.
    """
    size = ["--size", str(shared_bytes), "--tmpfs"]
    found = ["--unshare-all", "--unshare-user", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    found += ["--hostname", "sandbox", "--proc", "/proc", "--dev", "/dev", *size, "/dev/shm", *size, "/tmp"]
    for path in list(_SYSTEM) + ["/etc/" + name for name in _SETTINGS]:
        found += ["--symlink", os.readlink(path), path] if Path(path).is_symlink() else ["--ro-bind-try", path, path]
    for path, option in _shown(readable, writable).items():
        found += [option, path, path]
    here = str(Path.cwd())
    return [*found, "--dir", here, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", here]


def environment(outer: Mapping[str, str], cache: Path) -> Dict[str, str]:
    """Return the variables a command gets: paths, language, settings of frameworks; never a token."""
    kept = {name: value for name, value in outer.items() if name in _KEPT or name.startswith(_KEPT_STARTS)}
    own = {"HOME": "/tmp", "TMPDIR": "/tmp", "MALLOC_ARENA_MAX": _ARENAS}
    return dict(kept, ZOO_CACHE=str(cache), ZOO_OFFLINE="1", **own)


def _shown(readable: Iterable[Path], writable: Iterable[Path]) -> Dict[str, str]:
    wanted = dict.fromkeys(map(str, readable), "--ro-bind")
    wanted.update(dict.fromkeys(map(str, writable), "--bind"))
    found = dict.fromkeys(_SYSTEM, "--ro-bind")
    for path in sorted(wanted, key=lambda path: len(Path(path).parts)):
        above = next((found[str(parent)] for parent in Path(path).parents if str(parent) in found), None)
        if wanted[path] != above:  # else it is seen already, maybe as a link
            found[path] = wanted[path]
    return {path: option for path, option in found.items() if path not in _SYSTEM}
