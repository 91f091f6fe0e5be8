"""Maps of random people, as a network would draw them."""

import numpy as np

from zoo_common.paf import JOINTS, LIMBS, PafMaps, fit

STANDING = np.array(
    [
        *((0.0, -0.42), (0.0, -0.28), (-0.12, -0.28), (-0.17, -0.1), (-0.18, 0.05), (0.12, -0.28)),
        *((0.17, -0.1), (0.18, 0.05), (-0.08, 0.05), (-0.09, 0.28), (-0.09, 0.48), (0.08, 0.05)),
        *((0.09, 0.28), (0.09, 0.48), (-0.03, -0.45), (0.03, -0.45), (-0.06, -0.43), (0.06, -0.43)),
    ]
)
"""[18, 2]: a figure of height about 1, centre at the hips."""


def people_maps(rng, width=640, height=480, people=4, input_height=368, noise=0.02, missing=0.1):
    """Return the maps of ``people`` random figures and the `Fit` of their image."""
    place = fit(width, height, input_height)
    rows, columns = place.cells
    y, x = np.mgrid[:rows, :columns].astype(np.float64)
    heatmaps = np.zeros((19, rows, columns))
    pafs = np.zeros((38, rows, columns))
    weight = np.zeros((len(LIMBS), rows, columns))
    for _ in range(people):
        size = rng.uniform(0.3, 0.9) * rows
        turn = rng.uniform(-0.4, 0.4)
        turned = STANDING @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        joints = (turned + rng.normal(0, 0.02, (18, 2))) * size + (
            rng.uniform(0, columns),
            rng.uniform(0.3, 0.7) * rows,
        )
        seen = rng.uniform(size=18) >= missing
        for joint in np.flatnonzero(seen):
            blob = np.exp(-((x - joints[joint, 0]) ** 2 + (y - joints[joint, 1]) ** 2) / 2.0)
            heatmaps[joint] = np.maximum(heatmaps[joint], blob * rng.uniform(0.5, 1.0))
        for limb, (a, b, channel) in enumerate(LIMBS):
            if not (seen[a] and seen[b]):
                continue
            vector = joints[b] - joints[a]
            length = np.hypot(*vector) + 1e-9
            unit = vector / length
            along = (x - joints[a, 0]) * unit[0] + (y - joints[a, 1]) * unit[1]
            across = np.abs((x - joints[a, 0]) * unit[1] - (y - joints[a, 1]) * unit[0])
            near = (along > -1) & (along < length + 1) & (across < 1.2)
            weight[limb] += near
            pafs[channel] += near * unit[0] * 0.9
            pafs[channel + 1] += near * unit[1] * 0.9
    for limb, (_, _, channel) in enumerate(LIMBS):
        pafs[channel : channel + 2] /= np.maximum(weight[limb], 1)
    heatmaps[len(JOINTS)] = 1 - heatmaps[: len(JOINTS)].max(axis=0)
    heatmaps += rng.normal(0, noise, heatmaps.shape)
    pafs += rng.normal(0, noise, pafs.shape)
    return PafMaps(heatmaps.astype(np.float32), pafs.astype(np.float32)), place


def garbage_maps(rng, width=640, height=480):
    """Return maps as a collapsed quantized network makes them: peaks everywhere."""
    place = fit(width, height, 368)
    draw = [rng.uniform(-1, 1, (channels,) + place.cells).astype(np.float32) for channels in (19, 38)]
    return PafMaps(*draw), place
