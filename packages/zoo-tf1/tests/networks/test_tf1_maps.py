"""Which channels are which."""

import numpy as np
import pytest

from zoo_common.errors import ZooError
from zoo_tf1.networks.maps import Part, parts_of


def maps(channels):
    return np.arange(2 * 3 * 4 * channels, dtype=np.float32).reshape(2, 3, 4, channels)


def test_two_tensors_in_the_order_given():
    parts = parts_of(["heat:0", "paf"], "x")
    assert parts == (Part("heat"), Part("paf"))
    assert parts.operations() == ["heat", "paf"]
    found = parts.of({"paf": maps(38), "heat": maps(19)})
    assert found.heatmaps.shape == (2, 19, 3, 4) and found.pafs.shape == (2, 38, 3, 4)
    np.testing.assert_array_equal(found.heatmaps[1, 5], maps(19)[1, :, :, 5])


@pytest.mark.parametrize("outputs", [["both:0"], ["both[0:19]", "both:0[19:57]"]])
def test_one_tensor_with_both(outputs):
    parts = parts_of(outputs, "x")
    assert parts.operations() == ["both"]
    assert [str(part) for part in parts] == ["both:0[0:19]", "both:0[19:57]"]
    found = parts.of({"both": maps(57)})
    np.testing.assert_array_equal(found.pafs[0, 0], maps(57)[0, :, :, 19])


def test_fields_first():
    found = parts_of(["both[38:57]", "both[0:38]"], "x").of({"both": maps(57)})
    np.testing.assert_array_equal(found.heatmaps[0, 0], maps(57)[0, :, :, 38])


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ([], "one tensor or two, not 0"),
        (["a", "b", "c"], "one tensor or two, not 3"),
        (["a:1"], "only first outputs"),
        (["a[3:3]", "b"], "an empty range"),
        (["a[0:19]"], "which channels are heatmaps and which fields"),
        (["a b"], "is not NAME"),
    ],
)
def test_what_cannot_be_meant(outputs, message):
    with pytest.raises(ZooError, match=message):
        parts_of(outputs, "--outputs")


def test_too_few_channels():
    with pytest.raises(ZooError, match=r"both:0\[19:57\]: shape \(2, 3, 4, 40\)"):
        parts_of(["both"], "x").of({"both": maps(40)})
