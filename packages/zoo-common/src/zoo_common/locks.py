"""Lock files: one process at a time, none for ever. What a killed process left locked is free."""

import contextlib
import errno
import fcntl
import os
from pathlib import Path
from typing import Iterator

from zoo_common.errors import ZooError

_WITHOUT_LOCKS = (errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK)


class BusyError(Exception):
    """Another process holds the lock."""


@contextlib.contextmanager
def held(path: Path, busy: str, wait: bool = False) -> Iterator[None]:
    """Hold a lock file for the block; it is removed afterwards.

    Args:
        path: of the lock file; its folder is made where it does not exist.
        busy: the message where another process holds it.
        wait: for that process instead.

    Raises:
        ZooError: another process holds it, or the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = open_locked(path, wait)
    except BusyError:
        raise ZooError(busy) from None
    except OSError as error:
        raise ZooError("cannot write {}: {}".format(path.parent, error.strerror or error)) from error
    try:
        yield
    finally:
        # While it is held: whoever waits for it sees that the file has gone, and makes a new one.
        with contextlib.suppress(OSError):
            path.unlink()
        os.close(handle)


def open_locked(path: Path, wait: bool = True) -> int:
    """Open a file, made where it does not exist, that no other process has open this way; closing it lets it go.

    Where the file system knows no locks, nobody is kept out.

    Raises:
        BusyError: another process has it, and ``wait`` is off.
        OSError: it cannot be opened.
    """
    while True:
        handle = os.open(str(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            _lock(handle, wait)
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(handle), path.stat()):
                    return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)  # the one who had it removed or renamed it


def _lock(handle: int, wait: bool) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES):
            raise BusyError from None
        if error.errno not in _WITHOUT_LOCKS:
            raise
