"""A network that needs no framework and a COCO tree of noise, for everything that drives the evaluation loop."""

import json

import cv2
import numpy as np

from zoo_common.evaluation import Network
from zoo_common.runs import DatasetRef, Manifest, ModelRef, Software


class ColourNetwork(Network):
    """Heatmap k follows the brightness of the crop near cell k: deterministic, and each sample by itself."""

    def __call__(self, batch):
        small = batch[:, :, 2::4, 2::4]
        mixed = [small[:, k % 3] + np.float32(0.01 * k) * small[:, (k + 1) % 3] for k in range(17)]
        return np.ascontiguousarray(np.stack(mixed, axis=1), np.float32)

    def describe(self):
        return {"framework": "numpy", "executed": True}


def write_coco_tree(root, images=9, split="val2017", first_id=1, seed=0):
    """Write ``images`` noise photographs with zero to three people each."""
    rng = np.random.RandomState(seed)
    folder = root / "images" / split
    folder.mkdir(parents=True)
    (root / "annotations").mkdir(exist_ok=True)
    entries, annotations = [], []
    for number in range(images):
        image_id = first_id + number * 3
        width, height = 80 + number, 60 + number
        blurred = cv2.GaussianBlur(rng.randint(0, 256, (height, width, 3)).astype(np.uint8), (0, 0), 3)
        name = "%012d.jpg" % image_id
        cv2.imwrite(str(folder / name), cv2.normalize(blurred, None, 0, 255, cv2.NORM_MINMAX))
        entries.append({"id": image_id, "file_name": name, "width": width, "height": height})
        for _ in range(number % 4):
            x, y, w, h = rng.randint(0, 30), rng.randint(0, 20), rng.randint(20, 50), rng.randint(20, 40)
            joints = np.stack([rng.randint(x, x + w, 17), rng.randint(y, y + h, 17), rng.randint(1, 3, 17)], axis=1)
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image_id,
                    "category_id": 1,
                    "bbox": [float(v) for v in (x, y, w, h)],
                    "area": float(w * h),
                    "iscrowd": 0,
                    "num_keypoints": 17,
                    "keypoints": [int(v) for v in joints.reshape(-1)],
                }
            )
    category = {"id": 1, "name": "person", "supercategory": "person", "keypoints": ["k"] * 17, "skeleton": [[1, 2]]}
    document = {"images": entries, "annotations": annotations, "categories": [category]}
    (root / "annotations" / "person_keypoints_{}.json".format(split)).write_text(json.dumps(document))
    return root


def manifest_for(dataset, task, network, batch_size=4, shard=None, limit=None, **more):
    """Return the manifest of a run of the colour network."""
    return Manifest(
        model=ModelRef(name="colour", weights=[]),
        precision="fp32",
        network=network.describe(),
        protocol=task.protocol(),
        dataset=DatasetRef(
            split=dataset.split,
            annotation_file=dataset.annotation_file.name,
            fingerprint=dataset.fingerprint,
            images=len(dataset.images),
            limit=limit,
        ),
        software=Software(packages={}, python="3"),
        batch_size=batch_size,
        shard=shard,
        **more,
    )
