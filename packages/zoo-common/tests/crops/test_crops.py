"""Crops against plain per-sample arithmetic written from the published repositories."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo_common.crops import CONVENTIONS, Normaliser, centre_scale, crop_matrix, heatmap_to_image, warp

SIZE = (256, 192)
numbers = st.floats(-50, 700, allow_nan=False, width=32)
lengths = st.floats(0, 700, allow_nan=False, width=32)


def published_transform(centre, scale_200, output_size, inverse):
    """``get_affine_transform`` for rotation 0, step by step; ``output_size`` is (width, height)."""
    scale = np.asarray(scale_200) * 200.0
    src, dst = np.zeros((3, 2), np.float32), np.zeros((3, 2), np.float32)
    src[0], src[1] = centre, np.asarray(centre) + [0, scale[0] * -0.5]
    dst[0] = [output_size[0] * 0.5, output_size[1] * 0.5]
    dst[1] = dst[0] + np.array([0, output_size[0] * -0.5], np.float32)
    for points in (src, dst):
        direct = points[0] - points[1]
        points[2] = points[1] + np.array([-direct[1], direct[0]], np.float32)
    return cv2.getAffineTransform(dst, src) if inverse else cv2.getAffineTransform(src, dst)


def test_worked_box():
    """A 40 x 100 box in a 640 x 480 image, by hand."""
    clean = CONVENTIONS["hrnet"].clean([10.0, 20.0, 40.0, 100.0], 640, 480, 4000.0)
    assert clean == (10.0, 20.0, 39.0, 99.0)
    centre, scale = centre_scale(clean, 0.75, 200.0)
    np.testing.assert_array_equal(centre, np.array([29.5, 69.5], np.float32))
    np.testing.assert_allclose(scale, [99 * 0.75 * 1.25, 99 * 1.25], rtol=1e-6)


def test_conventions_differ_left_of_the_border():
    box = [-20.0, 5.0, 60.0, 50.0]
    assert CONVENTIONS["hrnet"].clean(box, 640, 480, 1.0) == (0.0, 5.0, 59.0, 49.0)
    assert CONVENTIONS["gluoncv"].clean(box, 640, 480, 1.0) == (0.0, 5.0, 39.0, 49.0)


def test_one_pixel_box_is_kept_by_hrnet_alone():
    box = [3.0, 4.0, 1.0, 1.0]
    assert CONVENTIONS["hrnet"].clean(box, 640, 480, 1.0) is not None
    assert CONVENTIONS["gluoncv"].clean(box, 640, 480, 1.0) is None


@pytest.mark.parametrize("name", ["hrnet", "gluoncv"])
@given(x=numbers, y=numbers, w=lengths, h=lengths)
def test_clean_boxes_lie_in_the_image(name, x, y, w, h):
    clean = CONVENTIONS[name].clean([x, y, w, h], 640, 480, 1.0)
    if clean is not None:
        x1, y1, width, height = clean
        assert x1 >= 0 and y1 >= 0 and width >= 0 and height >= 0
        assert x1 + width <= 639 + 1e-3 and y1 + height <= 479 + 1e-3
    assert CONVENTIONS[name].clean([x, y, w, h], 640, 480, 0.0) is None


def test_unlabelled_people_are_no_samples():
    nobody = [0] * 51
    invisible = [5, 5, 0] * 17
    assert not CONVENTIONS["hrnet"].keeps(nobody) and not CONVENTIONS["gluoncv"].keeps(nobody)
    assert CONVENTIONS["hrnet"].keeps(invisible) and not CONVENTIONS["gluoncv"].keeps(invisible)


@given(x=numbers, y=numbers, w=st.floats(2, 700, width=32), h=st.floats(2, 700, width=32))
def test_matrix_equals_the_published_construction(x, y, w, h):
    centre, scale = centre_scale((x, y, w, h), 0.75, 200.0)
    expected = published_transform(centre, scale / np.float32(200), (192, 256), inverse=False)
    np.testing.assert_allclose(crop_matrix(centre, scale, SIZE), expected, rtol=1e-4, atol=2e-3)


@given(x=numbers, y=numbers, w=st.floats(2, 700, width=32), h=st.floats(2, 700, width=32))
def test_way_back_equals_the_published_inverse(x, y, w, h):
    centre, scale = centre_scale((x, y, w, h), 0.75)
    points = np.array([[[0, 0], [47, 63], [10.25, 20.75]]], np.float32)
    inverse = published_transform(centre, scale / np.float32(200), (48, 64), inverse=True)
    expected = np.concatenate([points[0], np.ones((3, 1))], axis=1) @ inverse.T
    np.testing.assert_allclose(heatmap_to_image(points, centre[None], scale[None], (64, 48))[0], expected, atol=2e-3)


def test_crop_and_way_back_meet():
    """A dot at a known pixel appears where the matrix says, and comes back to its pixel."""
    image = np.zeros((300, 400, 3), np.uint8)
    image[120, 150] = 255
    centre, scale = centre_scale((100, 80, 90, 120), 0.75)
    crop = warp(image, crop_matrix(centre, scale, SIZE), SIZE)
    y, x = np.unravel_index(crop[..., 0].argmax(), SIZE)
    back = heatmap_to_image(np.array([[[x, y]]], np.float32), centre[None], scale[None], SIZE)[0, 0]
    np.testing.assert_allclose(back, [150, 120], atol=1.0)


@pytest.mark.parametrize("color", ["rgb", "bgr"])
def test_normaliser_is_exact(color):
    rng = np.random.RandomState(0)
    crop = rng.randint(0, 256, (32, 24, 3)).astype(np.uint8)
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    out = np.full((3, 32, 24), np.nan, np.float32)
    Normaliser(mean, std, color)(crop, out)
    pixels = crop[..., ::-1] if color == "rgb" else crop
    plain = (pixels.astype(np.float32) / np.float32(255) - np.array(mean, np.float32)) / np.array(std, np.float32)
    np.testing.assert_array_equal(out, plain.transpose(2, 0, 1))
