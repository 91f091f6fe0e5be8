"""Image headers: size without decoding, and whether the file goes on to its end marker.

JPEG markers after ITU-T T.81 annex B; PNG chunks after its specification, section 5.
"""

import struct
from typing import NamedTuple, Optional

_JPEG_SOI = b"\xff\xd8"
_JPEG_EOI = b"\xff\xd9"
_SOF = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SOS = 0xDA
_ALONE = set(range(0xD0, 0xD8)) | {0x01}
_PNG = b"\x89PNG\r\n\x1a\n"


class Header(NamedTuple):
    """Format name, width and height in pixels, and the offset at which the picture's own data begin."""

    format: str
    width: int
    height: int
    data_offset: int


def read_header(data: bytes) -> Optional[Header]:
    """Return the header of JPEG, PNG or BMP bytes; None for any other format or a header cut short."""
    if data[:2] == _JPEG_SOI:
        return _jpeg(data)
    if data[:8] == _PNG and data[12:16] == b"IHDR" and len(data) >= 24:
        return Header("PNG", *struct.unpack(">II", data[16:24]), data_offset=33)
    if data[:2] == b"BM" and len(data) >= 26 and struct.unpack("<I", data[14:18])[0] >= 40:
        width, height = struct.unpack("<ii", data[18:26])
        return Header("BMP", abs(width), abs(height), struct.unpack("<I", data[10:14])[0])
    return None


def is_complete(data: bytes, header: Header) -> bool:
    """Return whether the file reaches its end marker (decoders fill what is missing with grey, silently).

    The search starts at the picture's own data: the thumbnail in an EXIF segment has an end marker too.
    """
    if header.format == "JPEG":
        return data.find(_JPEG_EOI, header.data_offset) >= 0
    if header.format == "PNG":
        return data.find(b"IEND", header.data_offset) >= 0
    return len(data) > header.data_offset


def _jpeg(data: bytes) -> Optional[Header]:
    position, size = 2, None
    while position + 4 <= len(data):
        if data[position] != 0xFF:
            return None
        marker = data[position + 1]
        if marker == 0xFF or marker in _ALONE:
            position += 1 if marker == 0xFF else 2
            continue
        length = struct.unpack(">H", data[position + 2 : position + 4])[0]
        if length < 2:
            return None
        if marker in _SOF and position + 9 <= len(data):
            height, width = struct.unpack(">HH", data[position + 5 : position + 9])
            size = (width, height)
        position += 2 + length
        if marker == _SOS:
            return Header("JPEG", size[0], size[1], position) if size else None
    return None
