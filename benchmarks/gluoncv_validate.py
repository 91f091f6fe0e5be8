"""The same network on the same photographs: GluonCV's own validation pipeline against ours. No flip test.

    ZOO_REAL_DATA=... python benchmarks/gluoncv_validate.py       (in the MXNet environment)

GluonCV's side is its ``validate.py`` put together again from the gluoncv package: `COCOKeyPoints`,
`SimplePoseDefaultValTransform`, a DataLoader, a hybridized network, `get_final_preds`, `COCOKeyPointsMetric`. Its
dataset loads before the clock starts, on both sides; reading, cropping, forward, decoding and scoring are timed.
"""

import argparse
import contextlib
import io
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from _mxnet import NANO, use_threads
from _real import ratio, real_data


def main():
    """Print time an image and AP of both sides."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    use_threads(args.threads)
    root = real_data()
    with tempfile.TemporaryDirectory() as scratch:
        tree = coco_tree(root, Path(scratch))
        theirs, ours = [], []
        for _ in range(args.repeats):
            seconds, their_stats, images = gluoncv_side(tree, root, args)
            theirs.append(seconds / images)
            seconds, our_stats = our_side(root, args, Path(scratch))
            ours.append(seconds / images)
    print("{} photographs, batch {}, {} workers".format(images, args.batch_size, args.workers))
    for name, seconds, stats in (("GluonCV", theirs, their_stats), ("ours", ours, our_stats)):
        figures = "  ".join("{} {:.6f}".format(key, value) for key, value in stats.items())
        print("{:8s} {:8.2f} ms an image   {}".format(name, statistics.median(seconds) * 1e3, figures))
    print("GluonCV / ours: {:.2f} x the time".format(ratio(theirs, ours)))


def coco_tree(root, scratch):
    """Return a tree as GluonCV wants it: ``val2017/`` beside ``annotations/``."""
    (scratch / "coco").mkdir()
    (scratch / "coco" / "annotations").symlink_to(root / "coco" / "annotations")
    (scratch / "coco" / "val2017").symlink_to(root / "coco" / "images" / "val2017")
    return scratch / "coco"


def gluoncv_side(tree, root, args):
    """Run GluonCV's pipeline; returns seconds, the first three statistics, and the images of the annotation file."""
    import mxnet as mx
    from gluoncv.data import mscoco
    from gluoncv.data.transforms.pose import get_final_preds
    from gluoncv.data.transforms.presets.simple_pose import SimplePoseDefaultValTransform
    from gluoncv.utils.metrics.coco_keypoints import COCOKeyPointsMetric

    with contextlib.redirect_stdout(io.StringIO()), tempfile.TemporaryDirectory() as folder:
        dataset = mscoco.keypoints.COCOKeyPoints(str(tree), splits=("person_keypoints_val2017",))
        metric = COCOKeyPointsMetric(dataset, os.path.join(folder, "keypoints"), in_vis_thresh=0)
        transform = SimplePoseDefaultValTransform(
            num_joints=17,
            joint_pairs=dataset.joint_pairs,
            image_size=(256, 192),
            mean=(0.485, 0.456, 0.406),
            std=(0.229, 0.224, 0.225),
        )
        loader = mx.gluon.data.DataLoader(
            dataset.transform(transform), args.batch_size, False, last_batch="keep", num_workers=args.workers
        )
        network = mx.gluon.SymbolBlock.imports(str(root / NANO) + ".json", ["data"], str(root / NANO) + ".params")
        network.hybridize(static_alloc=True, static_shape=True)
        network(mx.nd.zeros((args.batch_size, 3, 256, 192))).wait_to_read()
        start = time.perf_counter()
        for data, scale, centre, score, image_id in loader:
            heatmaps = network(data.as_in_context(mx.cpu()))
            points, confidence = get_final_preds(heatmaps, centre.asnumpy(), scale.asnumpy())
            metric.update(points, confidence, score, image_id)
        names, _ = metric.get()
        seconds = time.perf_counter() - start
    stats = {ours: names[theirs] for ours, theirs in (("AP", "AP"), ("AP50", "Ap .5"), ("AP75", "AP .75"))}
    return seconds, stats, len(dataset.coco[0].imgs) if isinstance(dataset.coco, list) else len(dataset.coco.imgs)


def our_side(root, args, scratch):
    """Run ours, from photographs to score; returns seconds and the first three statistics."""
    from end_to_end import open_network

    from zoo_common.coco import open_coco
    from zoo_common.evaluation import predict
    from zoo_common.runs import DatasetRef, Manifest, ModelRef, Software, score_run
    from zoo_common.tasks import TopDownHeatmap
    from zoo_common.tasks.topdown_heatmap import TopDownHeatmapOptions

    dataset = open_coco(root / "coco")
    task = TopDownHeatmap(TopDownHeatmapOptions(flip_test=False))
    network = open_network("nano", root)
    import numpy as np

    network(np.zeros((args.batch_size, 3, 256, 192), np.float32))
    manifest = Manifest(
        model=ModelRef(name="nano", weights=[]),
        precision="fp32",
        network=network.describe(),
        protocol=task.protocol(),
        dataset=DatasetRef(
            split=dataset.split,
            annotation_file=dataset.annotation_file.name,
            fingerprint=dataset.fingerprint,
            images=len(dataset.images),
        ),
        software=Software(packages={}, python="3"),
        batch_size=args.batch_size,
    )
    start = time.perf_counter()
    predict(task, network, dataset, manifest, scratch / "run", workers=args.workers, progress=False)
    found = score_run(scratch / "run", dataset, engine="pycocotools")
    seconds = time.perf_counter() - start
    shutil.rmtree(str(scratch / "run"))
    return seconds, {name: found.stats[name] for name in ("AP", "AP50", "AP75")}


if __name__ == "__main__":
    main()
