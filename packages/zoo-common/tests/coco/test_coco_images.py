import struct

import cv2
import numpy as np
import pytest

from zoo_common.coco.images import read_image, read_size
from zoo_common.errors import ZooError


def picture(height=37, width=53):
    rows, columns = np.mgrid[0:height, 0:width]
    return np.stack([rows * 4 % 256, columns * 3 % 256, (rows + columns) % 256], axis=2).astype(np.uint8)


def encoded(extension, image, *options):
    return cv2.imencode(extension, image, list(options))[1].tobytes()


def with_exif(jpeg, thumbnail=b"", orientation=6):
    tiff = b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0) + thumbnail
    body = b"Exif\0\0" + tiff
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


@pytest.mark.parametrize("extension", [".png", ".bmp"])
def test_lossless_pictures_come_back_as_stored(tmp_path, extension):
    file = tmp_path / ("a" + extension)
    file.write_bytes(encoded(extension, picture()))
    assert np.array_equal(read_image(file), picture())
    assert read_size(file) == (53, 37)


def test_grey_alpha_and_16_bit_become_8_bit_bgr(tmp_path):
    grey = picture()[:, :, 0]
    variants = [grey, np.dstack([picture(), np.full_like(grey, 9)]), grey.astype(np.uint16) * 257]
    for number, image in enumerate(variants):
        file = tmp_path / "{}.png".format(number)
        file.write_bytes(encoded(".png", image))
        read = read_image(file)
        expected = picture() if image.ndim == 3 else np.dstack([grey] * 3)
        assert read.dtype == np.uint8
        assert np.array_equal(read, expected)


@pytest.mark.parametrize("progressive", [0, 1])
def test_jpeg_ignores_exif_orientation_and_is_complete_or_refused(tmp_path, progressive):
    jpeg = encoded(".jpg", picture(), cv2.IMWRITE_JPEG_PROGRESSIVE, progressive)
    thumbnail = encoded(".jpg", picture(8, 8))
    data = with_exif(jpeg, thumbnail)
    file = tmp_path / "a.jpg"
    file.write_bytes(data + b"trailing bytes")
    assert read_image(file).shape == (37, 53, 3)
    assert read_size(file) == (53, 37)
    for kept in range(len(data) - 1, 0, -97):
        file.write_bytes(data[:kept])
        with pytest.raises(ZooError, match=r"a\.jpg: .*(truncated|not a JPEG)"):
            read_image(file)


def test_cmyk_jpeg_becomes_bgr(tmp_path):
    # A 16 x 8 CMYK baseline JPEG, every coefficient zero: four components, mid-grey ink.
    tables = b"\xff\xdb\x00\x43\x00" + b"\x01" * 64
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 20, 8, 8, 16, 4) + b"".join(bytes([i, 0x11, 0]) for i in (1, 2, 3, 4))
    huffman = b"".join(b"\xff\xc4\x00\x14" + bytes([t]) + b"\x01" + b"\0" * 15 + b"\0" for t in (0x00, 0x10))
    scan = b"\xff\xda" + struct.pack(">HB", 14, 4) + b"".join(bytes([i, 0]) for i in (1, 2, 3, 4)) + b"\x00\x3f\x00"
    file = tmp_path / "cmyk.jpg"
    file.write_bytes(b"\xff\xd8" + tables + frame + huffman + scan + b"\x00\x00" + b"\xff\xd9")
    read = read_image(file)
    assert (read.shape, read.dtype) == ((8, 16, 3), np.uint8)
    assert read.max() - read.min() == 0


def test_long_metadata_before_the_frame(tmp_path):
    jpeg = encoded(".jpg", picture())
    padding = b"\xff\xe2" + struct.pack(">H", 60002) + b"\0" * 60000
    file = tmp_path / "a.jpg"
    file.write_bytes(jpeg[:2] + padding * 3 + jpeg[2:])
    assert read_size(file) == (53, 37)


@pytest.mark.parametrize(
    "data, message",
    [
        (b"", "empty file"),
        (b"<html>not found</html>", "not a JPEG, PNG or BMP image"),
        (b"GIF89a" + b"\0" * 40, "not a JPEG, PNG or BMP image"),
        (b"\xff\xd8\xff\xe0", "broken or truncated JPEG header"),
        (encoded(".png", picture())[:-30], "truncated PNG"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 50000, 50000) + b"\x08\x02\0\0\0", "megapixels"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 0, 5) + b"\x08\x02\0\0\0", "PNG of 0 x 5 pixels"),
        (
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 9, 5) + b"\x08\x02\0\0\0" + b"IEND" * 9,
            "cannot decode",
        ),
    ],
)
def test_what_is_no_picture_is_refused_by_name(tmp_path, data, message):
    file = tmp_path / "bad.jpg"
    file.write_bytes(data)
    with pytest.raises(ZooError, match="bad.jpg: .*{}".format(message)):
        read_image(file)


def test_missing_and_folder(tmp_path):
    with pytest.raises(ZooError, match=r"none\.jpg: no such image"):
        read_image(tmp_path / "none.jpg")
    with pytest.raises(ZooError, match="cannot read image"):
        read_image(tmp_path)


def test_real_photographs(real_data):
    for file in sorted((real_data / "coco/images/val2017").glob("*.jpg"))[:20]:
        assert read_image(file).shape[1::-1] == read_size(file)
