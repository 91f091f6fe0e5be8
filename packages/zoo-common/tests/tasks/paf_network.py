"""A tree of annotated figures in images of several sizes, and a network that draws their maps."""

import json

import cv2
import numpy as np

from zoo_common.evaluation import Network
from zoo_common.paf import JOINTS, LIMBS, TO_COCO

FIGURE = np.array(
    [
        *((0.0, -0.44), (0.03, -0.47), (-0.03, -0.47), (0.06, -0.45), (-0.06, -0.45), (0.13, -0.3), (-0.13, -0.3)),
        *((0.18, -0.12), (-0.18, -0.12), (0.2, 0.05), (-0.2, 0.05), (0.09, 0.05), (-0.09, 0.05), (0.1, 0.27)),
        *((-0.1, 0.27), (0.1, 0.48), (-0.1, 0.48)),
    ]
)
SIZES = ((160, 120), (120, 160), (200, 144), (150, 113))
GREY = 16


def write_figures(root, images=7):
    """Write photographs of one grey (16 times the image's id) for up to two figures each; one joint is unlabelled."""
    folder = root / "images" / "val2017"
    folder.mkdir(parents=True)
    (root / "annotations").mkdir()
    entries, annotations = [], []
    for number in range(images):
        width, height = SIZES[number % len(SIZES)]
        name = "%012d.jpg" % (number + 1)
        cv2.imwrite(str(folder / name), np.full((height, width, 3), GREY * (number + 1), np.uint8))
        entries.append({"id": number + 1, "file_name": name, "width": width, "height": height})
        for person in range(number % 3):
            joints = FIGURE * 0.8 * height + (width * (0.3 + 0.45 * person), height * 0.5)
            keypoints = np.column_stack([np.round(joints), np.full(17, 2)])
            keypoints[7 + person] = 0
            seen = keypoints[keypoints[:, 2] > 0, :2]
            low, high = seen.min(axis=0), seen.max(axis=0)
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": number + 1,
                    "category_id": 1,
                    "bbox": [float(v) for v in (*low, *(high - low))],
                    "area": float(np.prod(high - low)),
                    "iscrowd": 0,
                    "num_keypoints": 16,
                    "keypoints": keypoints.reshape(-1).tolist(),
                }
            )
    category = {"id": 1, "name": "person", "supercategory": "person", "keypoints": ["k"] * 17, "skeleton": [[1, 2]]}
    document = {"images": entries, "annotations": annotations, "categories": [category]}
    (root / "annotations" / "person_keypoints_val2017.json").write_text(json.dumps(document))
    return root


class DrawingNetwork(Network):
    """Tells an image by its grey."""

    def __init__(self, dataset):
        self.shapes = []
        self._images = {image.id: image for image in dataset.images}
        self._dataset = dataset

    def __call__(self, batch):
        assert batch.shape[0] == 1
        self.shapes.append(batch.shape[1:])
        image = self._images[round((float(batch[0, 0, 0, 0]) + 0.5) * 256 / GREY)]
        return draw(self._dataset, image, batch.shape[2:])

    def describe(self):
        return {"framework": "numpy", "executed": True}


def draw(dataset, image, size):
    """Return heatmaps [1, 19, h, w] and fields [1, 38, h, w] of an image's annotated people."""
    rows, columns = size[0] // 8, size[1] // 8
    y, x = np.mgrid[:rows, :columns].astype(np.float64)
    heatmaps, pafs = np.zeros((19, rows, columns)), np.zeros((38, rows, columns))
    ratio = size[0] / image.height / 8
    for annotation in dataset.annotations(image.id):
        coco = np.reshape(annotation["keypoints"], (17, 3))
        joints = np.stack([coco[max(index, 0)] for index in TO_COCO])
        joints[1] = (coco[5] + coco[6]) / 2
        at = (joints[:, :2] + 0.5) * ratio - 0.5
        for joint in np.flatnonzero(joints[:, 2]):
            blob = np.exp(-((x - at[joint, 0]) ** 2 + (y - at[joint, 1]) ** 2) / 2)
            heatmaps[joint] = np.maximum(heatmaps[joint], blob)
        for a, b, channel in LIMBS:
            if joints[a, 2] and joints[b, 2]:
                unit = (at[b] - at[a]) / np.hypot(*(at[b] - at[a]))
                along = (x - at[a, 0]) * unit[0] + (y - at[a, 1]) * unit[1]
                across = np.abs((x - at[a, 0]) * unit[1] - (y - at[a, 1]) * unit[0])
                near = (along > -1) & (along < np.hypot(*(at[b] - at[a])) + 1) & (across < 1)
                pafs[channel][near], pafs[channel + 1][near] = unit
    heatmaps[len(JOINTS)] = 1 - heatmaps[: len(JOINTS)].max(axis=0)
    return heatmaps[None].astype(np.float32), pafs[None].astype(np.float32)
