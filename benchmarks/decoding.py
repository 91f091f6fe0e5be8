"""Heatmap decoding: all people and joints at once against a straightforward loop over them.

    python benchmarks/decoding.py                      (any environment with zoo-common)

Both sides start from the same float32 heatmaps and end with joints in image pixels. Two loops are timed: NumPy's
`argmax` a joint, then offset and affine a joint; and the same with GluonCV's NDArray arithmetic where MXNet and
GluonCV are installed. Interleaved, CPU time of one thread, median of the repeats.
"""

import argparse
import statistics
import time

import cv2
import numpy as np

from zoo_common.crops import centre_scale, heatmap_to_image
from zoo_common.heatmaps import decode_quarter


def people(count, seed=0):
    """Return gaussian heatmaps float32 [count, 17, 64, 48] with noise, centres and scales."""
    rng = np.random.RandomState(seed)
    y, x = np.mgrid[:64, :48].astype(np.float32)
    at = rng.rand(count, 17, 2).astype(np.float32) * (48, 64)
    distance = (x - at[..., 0, None, None]) ** 2 + (y - at[..., 1, None, None]) ** 2
    heatmaps = np.exp(-distance / 8).astype(np.float32) + rng.randn(count, 17, 64, 48).astype(np.float32) * 0.01
    boxes = np.concatenate([rng.rand(count, 2) * 300, 20 + rng.rand(count, 2) * 200], axis=1)
    pairs = [centre_scale(box, 0.75) for box in boxes]
    return heatmaps, np.stack([c for c, _ in pairs]), np.stack([s for _, s in pairs])


def batched(heatmaps, centre, scale):
    """Decode as the product does."""
    points, confidence = decode_quarter(heatmaps)
    return heatmap_to_image(points, centre, scale, heatmaps.shape[2:]), confidence


def inverse_transform(centre, scale, size):
    """Return the published inverse affine of one person, from three point pairs."""
    source, target = np.zeros((3, 2), np.float32), np.zeros((3, 2), np.float32)
    source[0], source[1] = centre, centre + np.array([0, scale[0] * -0.5], np.float32)
    target[0] = [size[0] * 0.5, size[1] * 0.5]
    target[1] = target[0] + np.array([0, size[0] * -0.5], np.float32)
    for points in (source, target):
        direct = points[0] - points[1]
        points[2] = points[1] + np.array([-direct[1], direct[0]], np.float32)
    return cv2.getAffineTransform(target, source)


def loops(heatmaps, centre, scale):
    """Decode joint by joint: arg-max, quarter offset, affine of one point, as the published scripts read."""
    count, joints, height, width = heatmaps.shape
    points = np.zeros((count, joints, 2), np.float32)
    confidence = np.zeros((count, joints), np.float32)
    for person in range(count):
        for joint in range(joints):
            heatmap = heatmaps[person, joint]
            y, x = np.unravel_index(np.argmax(heatmap), heatmap.shape)
            confidence[person, joint] = heatmap[y, x]
            position = np.zeros(2, np.float32)
            if heatmap[y, x] > 0:
                position[:] = x, y
                if 1 < x < width - 1 and 1 < y < height - 1:
                    step = np.array([heatmap[y, x + 1] - heatmap[y, x - 1], heatmap[y + 1, x] - heatmap[y - 1, x]])
                    position += np.sign(step) * 0.25
            matrix = inverse_transform(centre[person], scale[person], (width, height))
            points[person, joint] = matrix @ np.array([position[0], position[1], 1.0])
    return points, confidence


def gluoncv_loops():
    """Return GluonCV's own decoder as a function of the same arguments, or None where it is not installed."""
    try:
        import mxnet as mx
        from gluoncv.data.transforms.pose import get_final_preds
    except ImportError:
        return None

    def decode(heatmaps, centre, scale):
        points, confidence = get_final_preds(mx.nd.array(heatmaps), centre, scale)
        return np.asarray(points.asnumpy() if hasattr(points, "asnumpy") else points), confidence.asnumpy()[..., 0]

    return decode


def main():
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=256)
    parser.add_argument("--repeats", type=int, default=7)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    sides = {"batched (ours)": batched, "loop over joints, NumPy": loops}
    gluoncv = gluoncv_loops()
    if gluoncv is not None:
        sides["loop over joints, GluonCV"] = gluoncv
    inputs = people(args.people)
    expected, expected_confidence = batched(*inputs)
    spent = {name: [] for name in sides}
    for _ in range(args.repeats):
        for name, decode in sides.items():
            part = inputs if name != "loop over joints, GluonCV" else tuple(value[:16] for value in inputs)
            start = time.process_time()
            points, confidence = decode(*part)
            spent[name].append((time.process_time() - start) / len(part[0]))
            gap = np.abs(points - expected[: len(points)]).max()
            assert gap < 1e-3, (name, gap)
            np.testing.assert_array_equal(confidence, expected_confidence[: len(points)])
    ours = statistics.median(spent["batched (ours)"])
    print("{} people x 17 joints, 64 x 48; same joints within 0.001 px, same confidence".format(args.people))
    for name, seconds in spent.items():
        median = statistics.median(seconds)
        print("{:28s} {:9.4f} ms a person   {:7.1f} x ours".format(name, median * 1e3, median / ours))


if __name__ == "__main__":
    main()
