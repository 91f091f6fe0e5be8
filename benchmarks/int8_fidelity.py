"""What int8 does to the heatmaps of a trained network: GluonCV's own path against ours, side by side.

    python benchmarks/int8_fidelity.py        (in the MXNet environment; draws the embedded data if need be)
    python benchmarks/int8_fidelity.py --network resnet18

The demo network (or GluonCV's simple_pose_resnet18_v1b, trained here and now on the synthetic train split: minutes),
calibrated on train crops of the synthetic dataset, on all val crops. First signal to quantization
noise of the heatmaps, joints whose neighbours tie (no quarter offset), AP. Then how far decoded joints shift, in pixels
of the 128 x 96 input, of three populations: joints that are labelled, joints of which fp32 is confident (above 0.2),
and all 17 of everyone: where nobody labelled a joint, the heatmap is flat and its maximum means nothing.
The decoder places a joint to half a cell (one pixel of the demo's input, two of resnet18's): a shift is mostly none
or one step.
"""

import argparse
import itertools

import numpy as np
from _mxnet import trained_resnet18, use_threads
from tabulate import tabulate

from zoo_common.coco import open_coco, read_image
from zoo_common.frontend import CalibrationSet
from zoo_common.frontend.data import default_data
from zoo_common.heatmaps import argmax, decode_dark, decode_quarter
from zoo_common.metrics import score
from zoo_common.tasks import TopDownHeatmap
from zoo_common.tasks.topdown_heatmap import TopDownHeatmapOptions

CONFIDENT = 0.2
DECODERS = {"quarter": decode_quarter, "dark": decode_dark}


def main():
    """Print one row a variant."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", help="synthetic tree (default: the embedded one)")
    parser.add_argument("--samples", type=int, default=160, help="calibration crops")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--decode", choices=sorted(DECODERS), default="quarter", help="dark: no steps of half a cell")
    parser.add_argument("--network", choices=("demo", "resnet18"), default="demo")
    parser.add_argument("--iterations", type=int, default=600, help="of 16 people, to train resnet18")
    args = parser.parse_args()
    use_threads(args.threads)
    from zoo_common.heatmaps.fidelity import sqnr_db
    from zoo_mxnet.networks.demo import INPUT_SIZE, load_demo
    from zoo_mxnet.networks.executor import Executor
    from zoo_mxnet.quantize.peers import gluoncv_int8
    from zoo_mxnet.quantize.pipeline import quantize

    task = TopDownHeatmap(TopDownHeatmapOptions(input_size=INPUT_SIZE, flip_test=False, decode=args.decode))
    root = args.data or default_data()
    dataset = open_coco(root)
    samples = task.samples(dataset)
    inputs = np.empty((len(samples), *task.input_shape), np.float32)
    for row, sample in zip(inputs, samples):
        task.preprocess(read_image(dataset.image_path(sample.image)), sample, row)
    train = open_coco(root, split="train2017")
    net = load_demo() if args.network == "demo" else trained_resnet18(train, task, args.iterations)
    calibration = list(CalibrationSet(task, dataset, train, args.samples).batches(32))
    sides = {
        "fp32": Executor(net.symbol, net.args, net.auxs, net.input_shape),
        "GluonCV int8": gluoncv_int8(net, calibration).executor(),
        "ours": quantize(net, calibration).executor(),
        "ours, 8-bit activations": quantize(net, calibration, activation_bits=8).executor(),
        "ours, head in fp32": quantize(net, calibration, last_conv="fp32").executor(),
        "ours, head rounded to 8 bits": quantize(net, calibration, last_conv="int8").executor(),
        "ours, no equalisation": quantize(net, calibration, equalise=None).executor(),
        "ours, signed residuals": quantize(net, calibration, unsigned="none").executor(),
    }
    labelled = np.stack([flags(dataset, sample) > 0 for sample in samples])
    truth, rows, shifts = None, [], []
    for name, run in sides.items():
        heatmaps = np.concatenate([run(inputs[i : i + 32]) for i in range(0, len(inputs), 32)])
        points, confidence = DECODERS[args.decode](heatmaps)
        if truth is None:
            truth, exact = heatmaps, points
            who = {"labelled": labelled, "confident": confidence > CONFIDENT, "all": np.ones_like(labelled)}
        step = INPUT_SIZE[0] / heatmaps.shape[2]
        shift = np.hypot(*np.moveaxis(points - exact, -1, 0)) * step
        shifts += [[name, people, *summary(shift[mask])] for people, mask in who.items() if name != "fp32"]
        quality = "-" if name == "fp32" else "{:.1f}".format(sqnr_db(truth, heatmaps))
        average = score(dataset, results(task, samples, heatmaps), "keypoints").stats["AP"]
        tied = "{:.2f} %".format(100 * ties(heatmaps)[labelled].mean())
        rows.append([name, quality, tied, "{:.4f}".format(average)])
    print("{} crops; joints: {}".format(len(samples), ", ".join("%d %s" % (m.sum(), p) for p, m in who.items())))
    print(tabulate(rows, headers=["variant", "SQNR dB", "tied", "AP"], disable_numparse=True))
    headers = ["variant", "joints", "mean px", "median", "95 %", "unmoved", "beyond 1 px", "beyond 4 px"]
    print(tabulate(shifts, headers=headers, disable_numparse=True))


def flags(dataset, sample):
    """Return COCO's visibility flags ``[17]`` of a sample's person."""
    entry = next(e for e in dataset.annotations(sample.image.id) if e["id"] == sample.annotation_id)
    return np.asarray(entry["keypoints"])[2::3]


def summary(shift):
    """Return a population's shift as text: mean, median, 95th percentile, and shares of unmoved and jumped joints."""
    lengths = [shift.mean(), np.median(shift), np.percentile(shift, 95)]
    shares = [(shift == 0).mean(), (shift > 1 + 1e-3).mean(), (shift > 4).mean()]
    return ["{:.3f}".format(v) for v in lengths] + ["{:.2f} %".format(100 * v) for v in shares]


def ties(heatmaps):
    """Return bool [N, K]: the neighbours of the maximum are equal along an axis, so the quarter offset is lost."""
    x, y, _ = argmax(heatmaps)
    height, width = heatmaps.shape[2:]
    x, y = x.clip(1, width - 2), y.clip(1, height - 2)
    person, joint = np.indices(x.shape)
    across = heatmaps[person, joint, y, x + 1] == heatmaps[person, joint, y, x - 1]
    return across | (heatmaps[person, joint, y + 1, x] == heatmaps[person, joint, y - 1, x])


def results(task, samples, heatmaps):
    """Return the COCO results of a whole split."""
    records = zip(samples, task.postprocess(heatmaps, samples))
    found = []
    for image_id, group in itertools.groupby(records, key=lambda pair: pair[0].image.id):
        found += task.results(image_id, [record for _, record in group])
    return found


if __name__ == "__main__":
    main()
