"""COCO annotations of finished pictures: categories, boxes, polygons, run lengths.

The format is that of https://cocodataset.org/#format-data; category ids and names are COCO's own.
"""

from typing import Any, Dict, List

import cv2
import numpy as np

from zoo_common.keypoints import NAMES, SKELETON
from zoo_common.synthetic.scene import Labelled

_CATEGORIES = """person: 1 person
vehicle: 2 bicycle, 3 car, 4 motorcycle, 5 airplane, 6 bus, 7 train, 8 truck, 9 boat
outdoor: 10 traffic light, 11 fire hydrant, 13 stop sign, 14 parking meter, 15 bench
animal: 16 bird, 17 cat, 18 dog, 19 horse, 20 sheep, 21 cow, 22 elephant, 23 bear, 24 zebra, 25 giraffe
accessory: 27 backpack, 28 umbrella, 31 handbag, 32 tie, 33 suitcase
sports: 34 frisbee, 35 skis, 36 snowboard, 37 sports ball, 38 kite, 39 baseball bat, 40 baseball glove
sports: 41 skateboard, 42 surfboard, 43 tennis racket
kitchen: 44 bottle, 46 wine glass, 47 cup, 48 fork, 49 knife, 50 spoon, 51 bowl
food: 52 banana, 53 apple, 54 sandwich, 55 orange, 56 broccoli, 57 carrot, 58 hot dog, 59 pizza, 60 donut, 61 cake
furniture: 62 chair, 63 couch, 64 potted plant, 65 bed, 67 dining table, 70 toilet
electronic: 72 tv, 73 laptop, 74 mouse, 75 remote, 76 keyboard, 77 cell phone
appliance: 78 microwave, 79 oven, 80 toaster, 81 sink, 82 refrigerator
indoor: 84 book, 85 clock, 86 vase, 87 scissors, 88 teddy bear, 89 hair drier, 90 toothbrush"""


def instance_categories() -> List[Dict[str, Any]]:
    """Return COCO's 80 categories."""
    found = []
    for line in _CATEGORIES.splitlines():
        supercategory, names = line.split(": ")
        for entry in names.split(", "):
            number, name = entry.split(" ", 1)
            found.append({"id": int(number), "name": name, "supercategory": supercategory})
    return found


def person_categories() -> List[Dict[str, Any]]:
    """Return the one category of keypoint files."""
    person = {"id": 1, "name": "person", "supercategory": "person"}
    return [dict(person, keypoints=list(NAMES), skeleton=[[a + 1, b + 1] for a, b in SKELETON])]


def run_lengths(mask: np.ndarray) -> Dict[str, Any]:
    """Return a mask's uncompressed run lengths: down the columns, zeros first."""
    flat = np.asarray(mask, np.uint8).ravel(order="F")
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flat, [0]])))
    runs = np.diff(np.concatenate([[0], edges, [flat.size]]))
    return {"size": [int(n) for n in mask.shape], "counts": [int(n) for n in (runs[:-1] if runs[-1] == 0 else runs)]}


def polygons(mask: np.ndarray) -> List[List[int]]:
    """Return the outlines of a mask's pieces as flat lists x, y, x, y, ...; specks of under 3 corners are left out."""
    contours = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[-2]
    simple = [cv2.approxPolyDP(contour, 0.6, True) for contour in contours]
    return [contour.ravel().tolist() for contour in simple if len(contour) >= 3]


def annotate(instance: Labelled, image_id: int) -> Dict[str, Any]:
    """Return one instance's annotation, its ``id`` still missing.

    ``bbox`` (x, y, width, height) is tight around the visible mask, ``area`` its number of pixels.
    """
    x, y, w, h = cv2.boundingRect(instance.mask)
    outline: Any = run_lengths(instance.mask) if instance.crowd else polygons(instance.mask)
    if not outline:
        outline = [[x, y, x + w, y, x + w, y + h, x, y + h]]
    entry: Dict[str, Any] = {
        "image_id": image_id,
        "category_id": instance.category,
        "bbox": [x, y, w, h],
        "area": cv2.countNonZero(instance.mask),
        "segmentation": outline,
        "iscrowd": int(instance.crowd),
    }
    if instance.keypoints is not None:
        flat = instance.keypoints.ravel().tolist()
        entry["keypoints"] = [int(v) if v == int(v) else v for v in flat]
        entry["num_keypoints"] = int((instance.keypoints[:, 2] > 0).sum())
    return entry
