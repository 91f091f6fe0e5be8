"""Archives that downloads unpack."""

import io
import tarfile
import zipfile
from pathlib import Path
from random import Random
from typing import Any, List

from fuzz.byte_changes import change_bytes
from fuzz.document_changes import PATHS, TEXTS
from fuzz.target import Target
from zoo_common.artifacts.unpack import extract

NAME = "archive"
KINDS = ("w", "w:gz", "w:bz2", "w:xz")
TYPES = (tarfile.REGTYPE,) * 6 + (
    tarfile.DIRTYPE,
    tarfile.SYMTYPE,
    tarfile.LNKTYPE,
    tarfile.FIFOTYPE,
    tarfile.CHRTYPE,
    tarfile.GNUTYPE_SPARSE,
)
SIZES = (0, 1, 5, 1 << 20, (1 << 33) - 1, 1 << 62)
NAMES = ("a/b", "a/B", "a", "a/", "./a", "b//c", "c/é", "c/e\u0301", *PATHS, *TEXTS[:10])


class Archives(Target):
    """Tar and zip, with entries that wish to be elsewhere."""

    guided = NAME

    def __init__(self, scratch: Path) -> None:
        super().__init__(scratch)
        plain = [("model/weights.bin", b"1234" * 99), ("model/readme", b"text"), ("model/sub/x", b"")]
        archives = [_tar(plain, kind) for kind in KINDS] + [_zip(plain, level) for level in (0, 8, 12)]
        archives.append(_tar([("bomb", b"\0" * (3 << 20))], "w:gz"))
        self.files = {NAME: archives[0]}
        self.variants = {NAME: archives[1:]}

    def change(self, random: Random, name: str, content: bytes) -> bytes:
        """Change bytes, or write an archive of odd entries."""
        if random.randrange(2):
            return change_bytes(random, content, self.variants[NAME])
        made = random.choice((_odd_tar, _odd_zip))(random)
        return change_bytes(random, made) if random.randrange(4) == 0 else made

    def read(self, folder: Path, random: Random) -> None:
        """Unpack it."""
        out = extract(folder / NAME, folder / "out" / "here", max_bytes=1 << 20, max_files=50)
        for path in out.rglob("*"):
            assert not path.is_symlink(), "a link was made"


def _tar(entries: List[Any], mode: str) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:
        for name, content in entries:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def _zip(entries: List[Any], kind: int) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", kind) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return stream.getvalue()


def _odd_tar(random: Random) -> bytes:
    stream = io.BytesIO()
    format = random.choice((tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT))
    with tarfile.open(fileobj=stream, mode=random.choice(KINDS), format=format, errors="surrogateescape") as archive:
        for _ in range(random.randrange(5)):
            info = tarfile.TarInfo(random.choice(NAMES).replace("\ud800", "\udc80"))
            info.type = random.choice(TYPES)
            info.linkname = random.choice(PATHS)
            info.mode = random.choice((0, 0o644, 0o7777))
            content = b"x" * random.choice((0, 5, 700))
            info.size = len(content) if random.randrange(4) else random.choice(SIZES)
            try:
                archive.addfile(info, io.BytesIO(content.ljust(min(info.size, 1 << 20), b"y")))
            except (ValueError, OSError, UnicodeError):
                continue
    return stream.getvalue()


def _odd_zip(random: Random) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for _ in range(random.randrange(5)):
            info = zipfile.ZipInfo(random.choice(NAMES).replace("\ud800", "?") or "n")
            info.external_attr = random.choice((0, 0o100644, 0o120777, 0o40755, 0o60644)) << 16
            info.compress_type = random.choice((0, 8, 12, 14))
            try:
                archive.writestr(info, random.choice((b"", b"hello", b"\0" * (2 << 20))))
            except (ValueError, NotImplementedError, RuntimeError):
                continue
    return stream.getvalue()
