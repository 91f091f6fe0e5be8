"""Small random datasets full of what makes matching hard: ties, crowds, unlabelled people, doubles, odd boxes."""

import numpy as np


def random_coco(seed, images=30, categories=3, detections=12, type="bbox", crowding=6):
    """Return (annotation dictionary, results list)."""
    rng = np.random.RandomState(seed)
    truth, found = [], []
    for image in range(1, images + 1):
        shapes = []
        for _ in range(rng.randint(0, crowding + 1)):
            box = np.round([*rng.uniform(0, 120, 2), *rng.uniform(4, 150, 2)], 1)
            if rng.rand() < 0.1 and shapes:
                box = shapes[-1][0]  # an exact double
            joints = np.column_stack([rng.uniform(0, 1, (17, 2)) * box[2:] + box[:2], rng.randint(0, 3, 17)]).round()
            if rng.rand() < 0.2:
                joints[:, 2] = 0
            entry = {
                "id": len(truth) + 1, "image_id": image * 7, "category_id": int(rng.randint(categories)) * 2 + 1,
                "bbox": box.tolist(), "area": float(np.round(box[2] * box[3] * rng.uniform(0.4, 1), 2)),
                "iscrowd": int(rng.rand() < 0.15),
            }  # fmt: skip
            if type == "keypoints":
                entry["category_id"] = 1
                entry["keypoints"] = joints.ravel().tolist()
                entry["num_keypoints"] = int((joints[:, 2] > 0).sum())
            truth.append(entry)
            shapes.append((box, joints, entry["category_id"]))
        for _ in range(rng.randint(0, 2 * detections + 1)):
            entry = {"image_id": image * 7, "score": float(np.round(rng.rand(), 1)), "category_id": 1}
            if shapes and rng.rand() < 0.8:
                box, joints, entry["category_id"] = shapes[rng.randint(len(shapes))]
                noise = rng.choice([0, 0.02, 0.1])
                box = box + np.round(rng.normal(0, 1, 4) * noise * box[[2, 3, 2, 3]], 1)
                joints = joints[:, :2] + np.round(rng.normal(0, 1, (17, 2)) * noise * box[2:])
            else:
                box, joints = rng.uniform(0, 100, 4), rng.uniform(0, 200, (17, 2))
            if type == "bbox":
                entry["bbox"] = [float(v) for v in np.round(box, 2)]
                if rng.rand() < 0.02:
                    entry["bbox"][2] *= -1
                if rng.rand() < 0.02:
                    entry["category_id"] = 99
            else:
                entry["keypoints"] = [float(v) for v in np.column_stack([joints, rng.rand(17)]).ravel()]
            found.append(entry)
    rng.shuffle(found)
    names = sorted({1} | {entry["category_id"] for entry in truth})
    content = {
        "images": [
            {"id": i * 7, "file_name": "{}.jpg".format(i), "width": 300, "height": 300} for i in range(images, 0, -1)
        ],
        "annotations": truth,
        "categories": [{"id": i, "name": "c{}".format(i)} for i in names],
    }
    return content, found
