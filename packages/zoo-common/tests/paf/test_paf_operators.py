"""The matrices against OpenCV's resize, the published cubic kernel and SciPy's gaussian."""

import cv2
import numpy as np
import pytest

from zoo_common.paf import fit
from zoo_common.paf.operators import map_operator
from zoo_common.paf.plain import gaussian_blur, to_image

SIZES = [(640, 480), (500, 333), (333, 500), (640, 427), (97, 61), (30, 400), (1200, 900)]


def cubic_row(cells, ratio, index, a=-0.75):
    """Return the weights of one output pixel: Keys' kernel, half-pixel centres, the border repeated."""
    position = (index + 0.5) * ratio - 0.5
    base = int(np.floor(position))
    row = np.zeros(cells)
    for cell in range(base - 1, base + 3):
        d = abs(position - cell)
        near = (a + 2) * d**3 - (a + 3) * d**2 + 1
        row[min(max(cell, 0), cells - 1)] += near if d <= 1 else a * d**3 - 5 * a * d**2 + 8 * a * d - 4 * a
    return row


@pytest.mark.parametrize("size", SIZES)
def test_resizing_is_two_products(size):
    place = fit(size[0], size[1], 368)
    operator = map_operator(place)
    maps = np.random.RandomState(0).uniform(-1, 1, (5,) + place.cells).astype(np.float32)
    large = to_image(maps, place)
    for channel in range(5):
        ours = operator.rows.plain @ maps[channel] @ operator.columns.plain.T
        np.testing.assert_allclose(ours, large[..., channel], rtol=0, atol=3e-6)
        blurred = operator.rows.blurred @ maps[channel] @ operator.columns.blurred.T
        np.testing.assert_allclose(blurred[1:-1, 1:-1], gaussian_blur(large[..., channel]), rtol=0, atol=3e-6)
        assert not blurred[0].any() and not blurred[:, -1].any()


def test_weights_are_the_cubic_kernel_with_a_075():
    operator = map_operator(fit(640, 480, 368))
    for axis, cells, scaled, pixels in ((operator.rows, 46, 368, 480), (operator.columns, 62, 491, 640)):
        large = np.stack([cubic_row(cells, 1 / 8, i) for i in range(scaled)])
        expected = np.stack([cubic_row(scaled, scaled / pixels, i) for i in range(pixels)]) @ large
        np.testing.assert_allclose(axis.plain, expected, rtol=0, atol=2e-5)  # OpenCV rounds coordinates to float32
        assert axis.taps.shape == (pixels, 5)


@pytest.mark.parametrize("size", SIZES)
def test_taps_rebuild_the_matrix_and_bounds_bound(size):
    for axis in map_operator(fit(size[0], size[1], 368)):
        rebuilt = np.zeros_like(axis.plain)
        for tap in range(axis.taps.shape[1]):
            rebuilt[np.arange(len(rebuilt)), axis.first + tap] = axis.taps[:, tap]
        np.testing.assert_array_equal(rebuilt, axis.plain)
        blocks = len(axis.bound) // 2
        for pixel, row in enumerate(axis.blurred[1:-1]):
            assert (row <= axis.bound[pixel // 8]).all() and (-row <= axis.bound[blocks + pixel // 8]).all()
            assert not row[: axis.low[pixel + 1]].any() and not row[axis.high[pixel + 1] :].any()


@pytest.mark.parametrize("shape", [(120, 160), (9, 31), (1, 5), (26, 2)])
def test_the_blur_is_scipys_bit_for_bit(shape):
    ndimage = pytest.importorskip("scipy.ndimage")
    image = np.random.RandomState(0).uniform(-1, 1, shape).astype(np.float32)
    np.testing.assert_array_equal(gaussian_blur(image), ndimage.gaussian_filter(image, sigma=3))


def test_opencv_resizes_the_same_way_everywhere():
    """A ramp has known cubic values: were a release to change kernel or centres, this would show."""
    ramp = np.arange(8, dtype=np.float32)[None]
    middle = cv2.resize(np.repeat(ramp, 8, 0), None, fx=8, fy=8, interpolation=cv2.INTER_CUBIC)[32]
    expected = [cubic_row(8, 1 / 8, i) @ ramp[0] for i in range(64)]
    np.testing.assert_allclose(middle, expected, atol=1e-5)
