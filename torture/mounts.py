"""File systems of the harness's own: small, or read-only; they vanish with its mount namespace."""

import os
import subprocess
import sys
from pathlib import Path
from typing import List

from torture.outcome import SkippedError

_INSIDE = "ZOO_TORTURE_NAMESPACE"


def enter_namespace() -> None:
    """Start this program again in a mount namespace of its own, where the machine allows it."""
    if os.environ.get(_INSIDE):
        return
    ways = [["unshare", "--mount"], ["unshare", "--mount", "--user", "--map-root-user"]]
    for way in ways:
        try:
            allowed = subprocess.run(way + ["true"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except OSError:
            break
        if allowed.returncode == 0:
            variables = dict(os.environ, **{_INSIDE: "1"})
            os.execvpe(way[0], way + [sys.executable, "-m", "torture"] + sys.argv[1:], variables)


def small(folder: Path, size: int) -> None:
    """Mount a file system of ``size`` bytes, in whole pages, on a folder."""
    _mount(["-t", "tmpfs", "-o", "size={}".format(size), "torture", str(folder)])


def resize(folder: Path, size: int) -> None:
    """Give the file system more room, or less."""
    _mount(["-o", "remount,size={}".format(size), str(folder)])


def read_only(folder: Path) -> None:
    """Make a folder read-only, for root too."""
    _mount(["--bind", str(folder), str(folder)])
    _mount(["-o", "remount,bind,ro", str(folder)])


def unmount(folder: Path) -> None:
    """Undo the above."""
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _mount(arguments: List[str]) -> None:
    if not os.environ.get(_INSIDE):
        raise SkippedError("no file system can be mounted here (root, or unprivileged user namespaces)")
    done = subprocess.run(["mount"] + arguments, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise SkippedError("mount: {}".format(done.stderr.strip()))
