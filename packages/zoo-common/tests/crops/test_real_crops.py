"""Every environment must cut the same pixels out of real photographs, whatever OpenCV it has."""

import hashlib

import numpy as np
import pytest

from zoo_common.coco import open_coco, read_image
from zoo_common.tasks.topdown_heatmap import TopDownHeatmap, TopDownHeatmapOptions

PEOPLE = 40


@pytest.mark.parametrize(("crop", "expected"), [("gluoncv", "f8adc78c8d1e"), ("hrnet", "2aa64d7d2e64")])
def test_crops_of_photographs(crop, expected, real_data):
    dataset = open_coco(real_data / "coco", split="val2017")
    task = TopDownHeatmap(TopDownHeatmapOptions(crop=crop))
    digest = hashlib.sha256()
    out = np.empty(task.input_shape, np.float32)
    for sample in task.samples(dataset)[:PEOPLE]:
        task.preprocess(read_image(dataset.image_path(sample.image)), sample, out)
        digest.update(out.tobytes())
    assert digest.hexdigest()[:12] == expected
