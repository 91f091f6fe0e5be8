"""Weights and inputs drawn by NumPy alone: every tensor from its own name, so that nothing large is committed.

The tests of zoo-torch draw the same by ``rle_recipe.py``.
"""

import zlib

import numpy as np


def draw(name, shape):
    """Return the float32 tensor of a name in the state dict, of sizes that keep activations near 1."""
    rng, (layer, kind) = np.random.RandomState(zlib.crc32(name.encode())), name.rsplit(".", 1)
    if name == "flow.mask":
        return np.float32([[0, 1], [1, 0]] * (shape[0] // 2))
    low, high = {"bias": (-0.1, 0.1), "running_mean": (-0.2, 0.2), "running_var": (0.7, 1.4)}.get(kind, (-1, 1))
    if kind == "weight" and len(shape) == 1:  # a branch adds little to what it is added to
        low, high = (0.2, 0.6) if layer.endswith(".bn3") else (0.8, 1.2)
    elif kind == "weight":
        gain = {"fc_coord.linear": 200, "fc_sigma.linear": 0.3}.get(layer, 6 if len(shape) == 4 else 2)
        low, high = np.array([-1, 1]) * np.sqrt(gain / np.prod(shape[1:]))
    return rng.uniform(low, high, shape).astype(np.float32)


def draw_images(count=2, size=(256, 192)):
    """Return float32 [count, 3, H, W]: patches of colour under noise, of the range of crops."""
    rng = np.random.RandomState(1)
    patches = rng.uniform(-0.4, 0.5, (count, 3, size[0] // 32, size[1] // 32)).repeat(32, 2).repeat(32, 3)
    return (patches + rng.uniform(-0.1, 0.1, patches.shape)).astype(np.float32)


def draw_targets(count=2, joints=17):
    """Return targets in -0.5..0.5 and weights 0 or 1, float32 [count, joints, 2]."""
    rng = np.random.RandomState(2)
    targets, labelled = rng.uniform(-0.5, 0.5, (count, joints, 2)), rng.randint(0, 4, (count, joints, 1)) > 0
    return targets.astype(np.float32), labelled.repeat(2, 2).astype(np.float32)


def draw_points(count=64):
    """Return points float32 [count, 2] at which the flow is asked for its density."""
    return np.random.RandomState(3).uniform(-4, 4, (count, 2)).astype(np.float32)
