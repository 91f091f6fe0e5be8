"""Changes to bytes that know nothing of a format."""

import struct
from random import Random
from typing import Sequence

MOST_BYTES = 1 << 24
NUMBERS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
LONG_NUMBERS = NUMBERS + (1 << 33, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)


def change_bytes(random: Random, content: bytes, others: Sequence[bytes] = ()) -> bytes:
    """Return the bytes after one to four changes.

    Args:
        others: further valid files, to splice with.
    """
    for _ in range(random.choice((1, 1, 1, 2, 2, 4))):
        change = random.choice(_CHANGES)
        content = change(random, content, others)[:MOST_BYTES]
    return content


def _flip(random: Random, content: bytes, _: Sequence[bytes]) -> bytes:
    changed = bytearray(content)
    for _ in range(random.choice((1, 1, 2, 8, 64))):
        if changed:
            changed[_place(random, changed)] ^= 1 << random.randrange(8)
    return bytes(changed)


def _overwrite(random: Random, content: bytes, _: Sequence[bytes]) -> bytes:
    changed = bytearray(content)
    start = _place(random, changed)
    for index in range(start, min(len(changed), start + random.choice((1, 2, 4, 16)))):
        changed[index] = random.randrange(256)
    return bytes(changed)


def _number(random: Random, content: bytes, _: Sequence[bytes]) -> bytes:
    """Put a number that lengths and counts go wrong at over some bytes, in either byte order."""
    form = random.choice(("B", "H", "I", "Q"))
    size = struct.calcsize(form)
    number = random.choice(LONG_NUMBERS) & ((1 << 8 * size) - 1)
    start = _place(random, content)
    return content[:start] + struct.pack(random.choice("<>") + form, number) + content[start + size :]


def _truncate(random: Random, content: bytes, _: Sequence[bytes]) -> bytes:
    return content[: random.choice((0, 1, _place(random, content), _place(random, content), max(len(content) - 1, 0)))]


def _duplicate(random: Random, content: bytes, _: Sequence[bytes]) -> bytes:
    start, stop = sorted((_place(random, content), _place(random, content)))
    return content[:stop] + content[start:stop] * random.choice((1, 1, 2, 7)) + content[stop:]


def _remove(random: Random, content: bytes, _: Sequence[bytes]) -> bytes:
    start = _place(random, content)
    return content[:start] + content[start + random.choice((1, 2, 4, 64, 1024)) :]


def _insert(random: Random, content: bytes, _: Sequence[bytes]) -> bytes:
    start = _place(random, content)
    added = bytes(random.randrange(256) for _ in range(random.choice((1, 4, 32))))
    return content[:start] + random.choice((added, b"\0" * 64, b"\xff" * 64)) + content[start:]


def _splice(random: Random, content: bytes, others: Sequence[bytes]) -> bytes:
    other = random.choice(list(others)) if others else content
    return content[: _place(random, content)] + other[_place(random, other) :]


def _place(random: Random, content: Sequence[int]) -> int:
    """Return a place within: headers, at the beginning and the end, are as likely as all the rest."""
    length = max(len(content), 1)
    reach = random.choice((64, 1024, length))
    place = random.randrange(min(reach, length))
    return length - 1 - place if random.randrange(4) == 0 else place


_CHANGES = [
    _flip,
    _flip,
    _overwrite,
    _number,
    _number,
    _truncate,
    _duplicate,
    _remove,
    _insert,
    _splice,
]  # type: List[Callable[[Random, bytes, Sequence[bytes]], bytes]]
