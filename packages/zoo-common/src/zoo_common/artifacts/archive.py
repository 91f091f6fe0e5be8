"""The entries of a tar or zip, one after another, with every kind but file and folder refused."""

import bz2
import contextlib
import gzip
import lzma
import stat
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any, Callable, Iterator, NamedTuple

from zoo_common.errors import ZooError

_HEADER = 1 << 20
"""Bytes the headers before one entry, or the padding after the last, may take."""

_DAMAGE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    ValueError,
    NotImplementedError,
)


class Entry(NamedTuple):
    """One file or folder. ``open`` gives its bytes and must be used before the next entry is asked for."""

    name: str
    size: int
    is_folder: bool
    open: Callable[[], IO[bytes]]


@contextlib.contextmanager
def reading(source: Path) -> Iterator[None]:
    """Turn what the archive libraries raise on damage into a `ZooError` naming the archive."""
    try:
        yield
    except _DAMAGE as error:
        raise ZooError(
            "{}: damaged or unsupported archive: {}".format(source, error or type(error).__name__)
        ) from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise ZooError("{}: damaged archive: {}".format(source, error)) from error


def entries(source: Path) -> Iterator[Entry]:
    """Yield the archive's files and folders in order. Use within `reading`.

    Raises:
        ZooError: neither tar nor zip; a link, device, sparse or encrypted entry; a header of megabytes.
    """
    with open(str(source), "rb") as stream:
        start = stream.read(262)
        stream.seek(0)
        if start[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
            yield from _zip_entries(source, stream)
            return
        for magic, opener in ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ\x00", lzma.open)):
            if start.startswith(magic):
                with opener(stream, "rb") as plain:
                    yield from _tar_entries(source, plain)
                return
        if start[257:262] != b"ustar":
            raise ZooError("{}: neither a tar (plain, gz, bz2, xz) nor a zip archive".format(source))
        yield from _tar_entries(source, stream)


def _zip_entries(source: Path, stream: IO[bytes]) -> Iterator[Entry]:
    with zipfile.ZipFile(stream) as archive:
        for info in archive.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise _refused(source, info.filename, "a link or device")
            if info.flag_bits & 1:
                raise _refused(source, info.filename, "encrypted")
            is_folder = info.filename.endswith("/")
            yield Entry(info.filename, info.file_size, is_folder, lambda info=info: archive.open(info))


def _tar_entries(source: Path, plain: Any) -> Iterator[Entry]:
    metered = _Metered(source, plain)
    with tarfile.open(fileobj=metered, mode="r|", tarinfo=_StrictMember) as archive:  # type: ignore[call-overload]
        for member in archive:
            if not (member.isreg() or member.isdir()) or member.issparse():
                raise _refused(source, member.name, "a link, device or sparse file")
            metered.allow(_HEADER + (member.size if member.isreg() else 0))
            yield Entry(member.name, member.size, member.isdir(), lambda member=member: archive.extractfile(member))
    # Read on to the end, so that a compressed file's own checksum is compared.
    while metered.read(_HEADER // 16):
        pass


class _Metered:
    """A stream that stops when more is read than was allowed: tarfile holds each header whole in memory."""

    def __init__(self, source: Path, stream: Any):
        self._source = source
        self._stream = stream
        self._allowed = _HEADER

    def allow(self, count: int) -> None:
        self._allowed = count

    def read(self, count: int) -> bytes:
        block = self._stream.read(count)
        self._allowed -= len(block)
        if self._allowed < 0:
            raise ZooError("{}: a header or the padding takes more than {} bytes".format(self._source, _HEADER))
        return block


class _StrictMember(tarfile.TarInfo):
    """tarfile takes a header cut short or overwritten, after the first, for the end: here it is damage."""

    @classmethod
    def fromtarfile(cls, archive: tarfile.TarFile) -> tarfile.TarInfo:
        try:
            return super().fromtarfile(archive)
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]
            raise
        except tarfile.HeaderError as error:
            raise ValueError("{} at byte {}".format(error, archive.offset)) from error


def _refused(source: Path, name: str, kind: str) -> ZooError:
    return ZooError("{}: refused the entry {!r}: {}".format(source, name, kind))
