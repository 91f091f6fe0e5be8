"""Starting a command inside, watching what it takes, ending it."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import List, NamedTuple, Sequence

import psutil

from zoo_common.artifacts import cache_dir
from zoo_common.errors import ZooError
from zoo_common.sandbox.needs import program_of, readable_for
from zoo_common.sandbox.walls import arguments, environment

_LOOK = 0.2
"""Seconds between two looks at what the command takes."""
_SHARED = 1 << 30
_BOUND = 'ulimit -v "$0" && ulimit -c 0 && exec "$@"'


class Limits(NamedTuple):
    """Bytes of memory of all processes together (and of addresses of each), wall seconds, processes and threads."""

    memory: int = 8 << 30
    seconds: float = 3600.0
    tasks: int = 512


def run_sandboxed(
    command: Sequence[str],
    readable: Sequence[Path] = (),
    writable: Sequence[Path] = (),
    limits: Limits = Limits(),  # noqa: B008 - immutable
) -> int:
    """Run a command in a sandbox of bubblewrap's and return its exit code; 128 and the signal's number if one ended it.

    It sees the system's programs, its own Python environment, the download cache and what is named here, and writes
    to ``writable`` alone. It has no network.

    Raises:
        ZooError: not on Linux, bubblewrap is absent or may not make a sandbox here, a path or program is absent, or
            the command was ended because it passed a limit.
    """
    bwrap = _bwrap()
    for folder in writable:
        if not folder.is_dir():
            raise ZooError("--writable: {}: no such folder".format(folder))
    for path in readable:
        if not path.exists():
            raise ZooError("--readable: {}: no such file or folder".format(path))
    named = [Path.cwd() / path for path in readable], [path.resolve() for path in writable]
    for path in named[0] + named[1]:
        if path in (Path("/"), Path("/tmp"), Path("/dev"), Path("/proc"), Path.home()):
            raise ZooError("{}: too much to show to a command that is not trusted; name a folder in it".format(path))
    program = program_of(command[0])
    cache = cache_dir()
    lock = Path(os.environ.get("ZOO_LOCK", ""))  # a result names the lock it was made with
    shown = readable_for(program) + ([cache] if cache.is_dir() else []) + ([lock] if lock.is_file() else []) + named[0]
    walls = arguments(shown, named[1], min(_SHARED, limits.memory))
    bounds = ["/bin/sh", "-c", _BOUND, str(limits.memory >> 10)]
    words = [*bounds, bwrap, *walls, "--", str(program), *command[1:]]
    process = subprocess.Popen(words, env=environment(os.environ, cache))
    try:
        return _watch(process, limits)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _bwrap() -> str:
    if not sys.platform.startswith("linux"):
        raise ZooError("zoo sandbox runs on Linux only; use a virtual machine without network here")
    found = shutil.which("bwrap")
    if found is None:
        raise ZooError("zoo sandbox needs bubblewrap (bwrap), which is not here: apt-get install bubblewrap")
    probe = [found, "--unshare-all", "--unshare-user", "--ro-bind", "/", "/", "--proc", "/proc", "--", "/bin/true"]
    tried = subprocess.run(probe, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if tried.returncode != 0:
        raise ZooError(
            "zoo sandbox: bubblewrap may not make a sandbox here ({}); user namespaces must be allowed: "
            "sysctl kernel.unprivileged_userns_clone, user.max_user_namespaces, or AppArmor's restriction".format(
                " ".join(tried.stdout.split()) or "exit code {}".format(tried.returncode)
            )
        )
    return found


def _watch(process: "subprocess.Popen[bytes]", limits: Limits) -> int:
    end = time.monotonic() + limits.seconds
    while True:
        try:
            code = process.wait(timeout=max(0.0, min(_LOOK, end - time.monotonic())))
            return code if code >= 0 else 128 - code
        except subprocess.TimeoutExpired:
            pass
        if time.monotonic() >= end:
            raise ZooError("zoo sandbox: ended the command after {:g} s (--time)".format(limits.seconds))
        memory, tasks = _taken(process.pid)
        if memory > limits.memory:
            text = "zoo sandbox: ended the command at {} MiB of memory, of {} allowed (--memory)"
            raise ZooError(text.format(memory >> 20, limits.memory >> 20))
        if tasks > limits.tasks:
            text = "zoo sandbox: ended the command at {} processes and threads, of {} allowed (--tasks)"
            raise ZooError(text.format(tasks, limits.tasks))


def _taken(pid: int) -> List[int]:
    memory = tasks = 0
    try:
        inside = psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return [0, 0]
    for child in inside:
        try:
            with child.oneshot():
                memory, tasks = memory + child.memory_info().rss, tasks + child.num_threads()
        except psutil.NoSuchProcess:
            continue
    return [memory, tasks]
