"""Photographs: every format people misname as .jpg, and what is left of them, through the dataset reader."""

import io
import struct
import zlib
from pathlib import Path
from random import Random
from typing import List

import cv2
import numpy as np

from fuzz.target import Target, json_bytes
from zoo_common.cli.main import main
from zoo_common.coco import open_coco

NAME, PEOPLE = "images/val2017/1.jpg", "annotations/person_keypoints_val2017.json"
HUGE = (0, 1, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)


class Pictures(Target):
    """One picture in a dataset of one image."""

    guided = NAME

    def __init__(self, scratch: Path) -> None:
        super().__init__(scratch)
        pixels = cv2.GaussianBlur(np.random.RandomState(0).randint(0, 256, (24, 32, 3)).astype(np.uint8), (0, 0), 2)
        self.variants = {NAME: _encoded(pixels) + _with_pillow(pixels)}
        entry = {"id": 1, "file_name": "1.jpg", "width": 32, "height": 24}
        document = {"images": [entry], "annotations": [], "categories": [{"id": 1, "name": "person"}]}
        self.files = {NAME: self.variants[NAME][0], PEOPLE: json_bytes(document)}
        self.changed = [NAME]

    def change(self, random: Random, name: str, content: bytes) -> bytes:
        """Change bytes, often the stated size too; a PNG mostly gets its checksums right again."""
        if random.randrange(3) == 0:
            content = _resized(random, content)
        if random.randrange(3) or name != NAME:
            content = super().change(random, name, content)
        return _mend_png(content) if random.randrange(4) else content

    def read(self, folder: Path, random: Random) -> None:
        """Check the dataset, or read its pixels."""
        if random.randrange(3) == 0:
            main(["data", "check", str(folder), *random.choice(([], ["--deep"]))])
        dataset = open_coco(folder)
        pixels = dataset.read(dataset.images[0])
        assert pixels.dtype == np.uint8
        assert pixels.ndim == 3
        assert pixels.shape[2] == 3


def _encoded(pixels: np.ndarray) -> List[bytes]:
    wide = pixels.astype(np.uint16) * 257
    grey, transparent = pixels[:, :, 0], np.dstack([pixels, pixels[:, :, :1]])
    kinds = [(".jpg", pixels), (".jpg", grey), (".png", pixels), (".png", grey), (".png", transparent), (".png", wide)]
    kinds += [(".bmp", pixels), (".tiff", wide), (".webp", pixels)]
    found = [cv2.imencode(suffix, values)[1].tobytes() for suffix, values in kinds]
    return [*found, b"", b"\xff\xd8", b"\xff\xd8\xff\xd9", b"\x89PNG\r\n\x1a\n", b"not a picture"]


def _with_pillow(pixels: np.ndarray) -> List[bytes]:
    """Return what OpenCV cannot write: CMYK, progressive, turned by EXIF, animated; nothing without Pillow."""
    try:
        from PIL import Image
    except ImportError:
        return []
    image = Image.fromarray(pixels[:, :, ::-1])
    exif = Image.Exif()
    exif[0x0112] = 6
    frames = {"save_all": True, "append_images": [image.rotate(90)]}
    kinds = [
        (image.convert("CMYK"), "JPEG", {}),
        (image, "JPEG", {"progressive": True}),
        (image, "JPEG", {"exif": exif.tobytes()}),
        (image, "PNG", {"exif": exif.tobytes()}),
        (image, "PNG", frames),
        (image.convert("P"), "GIF", {"save_all": True, "append_images": [image.convert("P").rotate(90)]}),
        (image.convert("P"), "PNG", {}),
        (image.convert("1"), "PNG", {}),
        (image.convert("I;16") if image.mode == "L" else image.convert("L"), "PNG", {}),
        (image.convert("L"), "BMP", {}),
        (image.convert("1"), "BMP", {}),
    ]
    found = []
    for picture, format, options in kinds:
        stream = io.BytesIO()
        picture.save(stream, format, **options)
        found.append(stream.getvalue())
    return found


def _resized(random: Random, content: bytes) -> bytes:
    """Return a picture that claims another size than it has."""
    width, height = (random.choice((*HUGE, random.randrange(40), random.randrange(70000))) for _ in range(2))
    if content[:4] == b"\x89PNG":
        return content[:16] + struct.pack(">II", width, height) + content[24:]
    if content[:2] == b"BM":
        return content[:18] + struct.pack("<II", width, height) + content[26:]
    for marker in (b"\xff\xc0", b"\xff\xc2"):
        at = content.find(marker)
        if at >= 0:
            return content[: at + 5] + struct.pack(">HH", height & 0xFFFF, width & 0xFFFF) + content[at + 9 :]
    return content


def _mend_png(content: bytes) -> bytes:
    if content[:8] != b"\x89PNG\r\n\x1a\n":
        return content
    at, mended = 8, content[:8]
    while at + 12 <= len(content):
        length = struct.unpack(">I", content[at : at + 4])[0]
        chunk = content[at + 4 : at + 8 + length]
        if len(chunk) < length + 4:
            break
        mended += struct.pack(">I", length) + chunk + struct.pack(">I", zlib.crc32(chunk) & 0xFFFFFFFF)
        at += 12 + length
    return mended + content[at:]
