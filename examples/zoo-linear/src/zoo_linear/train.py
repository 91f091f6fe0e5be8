"""Fit the layer to the embedded train split by ridge regression: `python -m zoo_linear.train`, a few seconds."""

import numpy as np

from zoo_common.cards import Registry
from zoo_common.coco import open_coco
from zoo_common.crops import crop_matrix
from zoo_common.files import sha256_file
from zoo_common.frontend.data import default_data
from zoo_common.tasks import task_from_protocol
from zoo_linear.network import grey

RIDGE = 100.0


def solve(inputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return the coefficients float64 [D, T] of inputs [N, D], the last of which is 1, for targets [N, T]."""
    penalty = np.diag([RIDGE] * (inputs.shape[1] - 1) + [0.0])
    return np.linalg.solve(inputs.T @ inputs + penalty, inputs.T @ targets)


def train() -> None:
    """Write the weights, and print what the card says of the file."""
    registry = Registry("zoo_linear")
    task = task_from_protocol(registry.get("linear_demo").protocol())
    dataset = open_coco(default_data(), split="train2017", kind=task.kind)
    people = task.samples(dataset)
    crops, size = task.inputs(people), task.input_shape[1:]
    annotated = {entry["id"]: entry for image in dataset.images for entry in dataset.annotations(image.id)}
    joints = np.array([annotated[sample.annotation_id]["keypoints"] for sample in people], float).reshape(-1, 17, 3)
    for sample, crop, points in zip(people, crops, joints):
        task.preprocess(dataset.read(sample.image), sample, crop)
        matrix = crop_matrix(sample.centre, sample.scale, size)
        points[:, :2] = (points[:, :2] @ matrix[:, :2].T + matrix[:, 2]) / size[::-1] - 0.5
    inputs = np.column_stack([grey(crops), np.ones(len(crops))]).astype(float)
    found = np.zeros((inputs.shape[1], 2, 17, 2))
    for joint in range(17):
        seen = joints[:, joint, 2] > 0
        found[:, 0, joint] = solve(inputs[seen], joints[seen, joint, :2])
        errors = np.abs(inputs[seen] @ found[:, 0, joint] - joints[seen, joint, :2])
        found[:, 1, joint] = solve(inputs[seen], errors)
    stored = found.reshape(len(found), -1).astype(np.float16)
    path = registry.root / "weights" / "linear_demo.npz"
    np.savez_compressed(str(path), weights=stored[:-1], bias=stored[-1])
    print("sha256: {}\nsize: {}".format(sha256_file(path), path.stat().st_size))


if __name__ == "__main__":
    train()
