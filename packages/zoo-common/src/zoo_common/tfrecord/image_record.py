"""One COCO image as a ``tf.train.Example``, under the keys of the TensorFlow Object Detection API."""

import hashlib
from typing import Any, Dict, List, Tuple

import cv2
import numpy as np

from zoo_common.coco.dataset import CocoDataset, ImageInfo
from zoo_common.coco.image_header import Header
from zoo_common.coco.images import read_encoded
from zoo_common.errors import ZooError
from zoo_common.tfrecord.example_decoding import Feature
from zoo_common.tfrecord.index import ENCODED, FORMAT, ID

Annotation = Dict[str, Any]


def split_objects(dataset: CocoDataset, image: ImageInfo) -> Tuple[List[Annotation], int]:
    """Return the annotations a record holds, and how many it does not: without area, or past the image's edge."""
    kept, everything = [], dataset.annotations(image.id)
    for entry in everything:
        x, y, width, height = entry["bbox"]
        inside = x >= 0 and y >= 0 and x + width <= image.width and y + height <= image.height
        if inside and width > 0 and height > 0:
            kept.append(entry)
    return kept, len(everything) - len(kept)


def read_storable(dataset: CocoDataset, image: ImageInfo) -> Tuple[bytes, Header]:
    """Return the bytes of an image's file, untouched, and its header.

    Raises:
        ZooError: the file is no whole JPEG or PNG.
    """
    path = dataset.image_path(image)
    data, header = read_encoded(path)
    if header.format not in ("JPEG", "PNG"):
        raise ZooError("{}: {}: a record holds JPEG or PNG".format(path, header.format))
    return data, header


def image_features(dataset: CocoDataset, image: ImageInfo, include_masks: bool = False) -> Dict[str, Feature]:
    """Return the features of an image: the file's bytes untouched, boxes as parts of its size, COCO's class ids.

    Args:
        include_masks: also the objects' masks, a PNG of zeros and ones each.

    Raises:
        ZooError: the file is no whole JPEG or PNG, or an annotation has an unknown category or an unusable
            segmentation.
    """
    data, header = read_storable(dataset, image)
    objects, _ = split_objects(dataset, image)
    boxes = np.array([entry["bbox"] for entry in objects], np.float64).reshape(-1, 4)
    corners = np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], 1) / ([image.width, image.height] * 2)
    features: Dict[str, Feature] = {
        "image/height": np.array([image.height]),
        "image/width": np.array([image.width]),
        "image/filename": [image.file_name.encode("utf-8")],
        ID: [str(image.id).encode("ascii")],
        "image/key/sha256": [hashlib.sha256(data).hexdigest().encode("ascii")],
        ENCODED: [data],
        FORMAT: [header.format.lower().encode("ascii")],
        "image/object/class/text": _names(dataset, objects),
        "image/object/class/label": np.array([entry["category_id"] for entry in objects], np.int64),
        "image/object/is_crowd": np.array([entry.get("iscrowd", 0) for entry in objects], np.int64),
        "image/object/area": np.array([entry["area"] for entry in objects], np.float64),
    }
    for column, side in enumerate(("xmin", "ymin", "xmax", "ymax")):
        features["image/object/bbox/" + side] = corners[:, column]
    if include_masks:
        features["image/object/mask"] = [_mask(dataset, image, entry) for entry in objects]
    return features


def _names(dataset: CocoDataset, objects: List[Annotation]) -> List[bytes]:
    names = {category["id"]: str(category.get("name", "")).encode("utf-8") for category in dataset.categories}
    for entry in objects:
        if entry["category_id"] not in names:
            message = "{}: annotation {}: category_id {} is not among the categories"
            raise ZooError(message.format(dataset.annotation_file, entry["id"], entry["category_id"]))
    return [names[entry["category_id"]] for entry in objects]


def _mask(dataset: CocoDataset, image: ImageInfo, entry: Annotation) -> bytes:
    from pycocotools import mask

    outline = entry.get("segmentation")
    try:
        if isinstance(outline, list):
            usable = outline and all(len(part) >= 6 and len(part) % 2 == 0 for part in outline)
            runs = mask.merge(mask.frPyObjects(outline, image.height, image.width)) if usable else None
        else:
            packed = isinstance(outline["counts"], (str, bytes))
            runs = outline if packed else mask.frPyObjects(outline, image.height, image.width)
        pixels = mask.decode(runs)
    except Exception:  # pycocotools raises that very class, among others
        pixels = None
    if pixels is None or pixels.shape != (image.height, image.width):
        where = "{}: annotation {}: segmentation: ".format(dataset.annotation_file, entry["id"])
        raise ZooError(where + "neither polygons nor run lengths of {} x {} pixels".format(image.width, image.height))
    return cv2.imencode(".png", np.ascontiguousarray(pixels))[1].tobytes()
