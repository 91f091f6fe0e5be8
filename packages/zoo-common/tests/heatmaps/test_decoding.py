"""Batched decoders against per-joint loops that follow the published code."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo_common.heatmaps import decode_dark, decode_dsnt, decode_quarter, flip_average
from zoo_common.keypoints import FLIP_PAIRS


def quarter_loops(heatmaps):
    """Per-joint decoding, as ``get_max_preds`` and ``get_final_preds`` of Simple Baselines do it."""
    count, joints, height, width = heatmaps.shape
    points, values = np.zeros((count, joints, 2), np.float32), np.zeros((count, joints), np.float32)
    for n in range(count):
        for k in range(joints):
            one = heatmaps[n, k]
            index = int(one.argmax())
            y, x = divmod(index, width)
            values[n, k] = one[y, x]
            if one[y, x] <= 0:
                continue
            points[n, k] = x, y
            if 1 < x < width - 1 and 1 < y < height - 1:
                points[n, k, 0] += 0.25 * np.sign(one[y, x + 1] - one[y, x - 1])
                points[n, k, 1] += 0.25 * np.sign(one[y + 1, x] - one[y - 1, x])
    return points, values


@given(
    seed=st.integers(0, 2**31),
    levels=st.sampled_from([2, 5, 100000]),
    shape=st.sampled_from([(64, 48), (3, 3), (5, 4), (1, 7)]),
)
def test_quarter_equals_the_loops(seed, levels, shape):
    """Few levels make ties and flat neighbours; small maps make every maximum a border one."""
    rng = np.random.RandomState(seed)
    heatmaps = ((rng.randint(0, levels, (3, 17) + shape) - levels // 4) / np.float32(levels)).astype(np.float32)
    points, values = decode_quarter(heatmaps)
    expected, expected_values = quarter_loops(heatmaps)
    np.testing.assert_array_equal(points, expected)
    np.testing.assert_array_equal(values, expected_values)


def test_nothing_positive_decodes_to_the_origin():
    points, values = decode_quarter(np.full((1, 17, 8, 6), -0.5, np.float32))
    assert not points.any()
    assert (values == -0.5).all()


@pytest.mark.parametrize("x, offset", [(1, 0.0), (2, 0.25), (45, 0.25), (46, 0.25), (47, 0.0)])
def test_offset_keeps_one_cell_from_the_border(x, offset):
    heatmaps = np.zeros((1, 1, 64, 48), np.float32)
    heatmaps[0, 0, 30, x] = 1
    if x + 1 < 48:
        heatmaps[0, 0, 30, x + 1] = 0.5
    assert decode_quarter(heatmaps)[0][0, 0, 0] == x + offset


def dark_loops(heatmaps, kernel):
    """Per-joint decoding as the published code of DARK does it, whole maps smoothed by OpenCV."""
    points, values = quarter_loops(heatmaps)
    border, (height, width) = kernel // 2, heatmaps.shape[2:]
    for n, k in np.ndindex(*heatmaps.shape[:2]):
        if values[n, k] <= 0:
            continue
        y, x = divmod(int(heatmaps[n, k].argmax()), width)
        points[n, k] = x, y
        if not (1 < x < width - 2 and 1 < y < height - 2):
            continue
        smooth = cv2.GaussianBlur(np.pad(heatmaps[n, k].astype(np.float64), border), (kernel, kernel), 0)
        smooth = smooth[border:-border, border:-border]
        log = np.log(np.maximum(smooth, 1e-10))  # rescaling to the old maximum cancels but for the floor
        slope = 0.5 * np.array([log[y, x + 1] - log[y, x - 1], log[y + 1, x] - log[y - 1, x]])
        dxx = 0.25 * (log[y, x + 2] - 2 * log[y, x] + log[y, x - 2])
        dyy = 0.25 * (log[y + 2, x] - 2 * log[y, x] + log[y - 2, x])
        dxy = 0.25 * (log[y + 1, x + 1] - log[y - 1, x + 1] - log[y + 1, x - 1] + log[y - 1, x - 1])
        hessian = np.array([[dxx, dxy], [dxy, dyy]])
        if (np.linalg.eigvalsh(hessian) < 0).all():
            points[n, k] += np.clip(-np.linalg.solve(hessian, slope), -1, 1)
    return points, values


@given(
    seed=st.integers(0, 2**31),
    kernel=st.sampled_from([3, 5, 11]),
    noise=st.sampled_from([0.0, 0.02, 0.1]),
    shape=st.sampled_from([(32, 24), (7, 9), (4, 4)]),
)
def test_dark_equals_the_loops(seed, kernel, noise, shape):
    """Gaussians at random places, some beyond the border, with more or less noise."""
    rng = np.random.RandomState(seed)
    centre = rng.uniform(-1, 1 + np.array(shape), (3, 17, 2))
    rows = np.exp(-0.5 * (np.arange(shape[0]) - centre[..., :1]) ** 2)
    columns = np.exp(-0.5 * (np.arange(shape[1]) - centre[..., 1:]) ** 2)
    heatmaps = rows[..., :, None] * columns[..., None, :] + noise * rng.randn(3, 17, *shape)
    heatmaps = heatmaps.astype(np.float32)
    points, values = decode_dark(heatmaps, kernel)
    expected, expected_values = dark_loops(heatmaps, kernel)
    np.testing.assert_array_equal(values, expected_values)
    np.testing.assert_allclose(points, expected, atol=2e-5)


@pytest.mark.parametrize("kernel, sigma", [(5, 1.0), (11, 2.0)])
def test_dark_finds_a_subcell_centre(kernel, sigma):
    y, x = np.mgrid[:64, :48]
    heatmaps = np.exp(-((x - 20.3) ** 2 + (y - 33.6) ** 2) / (2 * sigma**2))[None, None].astype(np.float32)
    points, values = decode_dark(heatmaps, kernel)
    np.testing.assert_allclose(points[0, 0], [20.3, 33.6], atol=0.02)
    assert values[0, 0] == heatmaps.max()


def test_dark_takes_no_step_where_there_is_no_peak():
    heatmaps = np.full((1, 2, 16, 12), -0.5, np.float32)
    heatmaps[0, 1] = 0.5  # flat: the first cell is its maximum
    points, values = decode_dark(heatmaps)
    assert not points.any()
    np.testing.assert_array_equal(values, [[-0.5, 0.5]])


def test_dsnt_finds_a_subcell_centre():
    y, x = np.mgrid[:64, :48]
    heatmaps = np.exp(-((x - 20.3) ** 2 + (y - 33.6) ** 2) / 8)[None, None].astype(np.float32)
    points, values = decode_dsnt(heatmaps)
    np.testing.assert_allclose(points[0, 0], [20.8, 34.1], atol=1e-3)
    assert values[0, 0] == heatmaps.max()


def test_dsnt_survives_maps_that_cancel():
    heatmaps = np.zeros((1, 2, 64, 48), np.float32)
    heatmaps[0, 0, 10, 10], heatmaps[0, 0, 50, 40] = 1, -1
    points, _ = decode_dsnt(heatmaps)
    np.testing.assert_allclose(points[0], [[10.5, 10.5], [24, 32]])
    unclipped = decode_dsnt(heatmaps + np.float32(1e-6), clip=False)[0]
    assert np.abs(unclipped[0, 0]).max() > 1000, "the published arithmetic does explode here"


def test_dsnt_unclipped_is_the_published_expectation():
    heatmaps = np.random.RandomState(3).rand(2, 17, 64, 48).astype(np.float32)
    share = heatmaps.astype(np.float64) / heatmaps.sum(axis=(2, 3), keepdims=True, dtype=np.float64)
    x = (share.sum(axis=2) * np.linspace(1 / 96, 1 - 1 / 96, 48)).sum(axis=2) * 48
    y = (share.sum(axis=3) * np.linspace(1 / 128, 1 - 1 / 128, 64)).sum(axis=2) * 64
    np.testing.assert_allclose(decode_dsnt(heatmaps, clip=False)[0], np.stack([x, y], axis=-1), atol=1e-4)


def test_flip_average_by_loops():
    rng = np.random.RandomState(1)
    a, b = rng.rand(2, 17, 8, 6).astype(np.float32), rng.rand(2, 17, 8, 6).astype(np.float32)
    partner = {**{i: i for i in range(17)}, **dict(FLIP_PAIRS), **{right: left for left, right in FLIP_PAIRS}}
    expected = np.zeros_like(a)
    for k in range(17):
        back = b[:, partner[k], :, ::-1]
        shifted = back.copy()
        shifted[:, :, 1:] = back[:, :, :-1]
        expected[:, k] = (a[:, k] + shifted) * np.float32(0.5)
    np.testing.assert_array_equal(flip_average(a, b, FLIP_PAIRS), expected)
    np.testing.assert_array_equal(
        flip_average(a, b, FLIP_PAIRS, shift=False)[:, 0], (a + b[..., ::-1])[:, 0] * np.float32(0.5)
    )
