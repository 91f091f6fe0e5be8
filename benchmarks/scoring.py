"""Scoring 5,000 images: pycocotools against hotcoco behind `zoo_common.metrics.score` and our own NumPy matcher.

    python benchmarks/scoring.py [--repeats 3] [--types keypoints bbox] [--detections 20000 100000]

Every measurement runs in a process of its own, the evaluators take turns, and each starts from the same two
JSON files and ends with the ten or twelve statistics, which must agree to 1e-12. Imports are not counted.
"""

import argparse
import contextlib
import io
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

IMAGES = 5000
PEOPLE, OBJECTS, CATEGORIES = 11_000, 36_000, 80
EVALUATORS = ("pycocotools", "hotcoco", "numpy")


def main() -> int:
    """Measure and print the table; 1 if any number differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--types", nargs="+", choices=("keypoints", "bbox"), default=["keypoints", "bbox"])
    parser.add_argument("--detections", nargs="+", type=int, default=[20_000, 100_000])
    parser.add_argument("--one", nargs=4, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(measure(*args.one)))
        return 0
    print("{:<10} {:>10} {:<12} {:>8} {:>8} {:>8} {:>8} {:>8}  {}".format(
        "type", "detections", "evaluator", "wall s", "CPU s", "x wall", "x CPU", "RSS MB", "largest difference"
    ))  # fmt: skip
    same = True
    with tempfile.TemporaryDirectory() as folder:
        for type in args.types:
            for count in args.detections:
                same &= compare(Path(folder), type, count, args.repeats)
    return 0 if same else 1


def compare(folder: Path, type: str, count: int, repeats: int) -> bool:
    """Measure the evaluators in turns on one pair of files and print their lines, the best of the repeats each."""
    files = [str(file) for file in write_files(folder, type, count)]
    best, unavailable = {}, {}
    for _ in range(repeats):
        for evaluator in EVALUATORS:
            if evaluator in unavailable:
                continue
            command = [sys.executable, __file__, "--one", evaluator, type, *files]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                unavailable[evaluator] = done.stderr.strip().splitlines()[-1]
                continue
            found = json.loads(done.stdout)
            kept = best.setdefault(evaluator, found)
            kept.update({key: min(kept[key], found[key]) for key in ("wall", "cpu", "rss")})
    reference, same = best["pycocotools"], True
    for evaluator in EVALUATORS:
        if evaluator in unavailable:
            print("{:<10} {:>10} {:<12} {}".format(type, count, evaluator, unavailable[evaluator]))
            continue
        one = best[evaluator]
        gap = max(abs(a - b) for a, b in zip(one["stats"], reference["stats"]))
        same &= gap <= 1e-12
        print("{:<10} {:>10} {:<12} {:>8.2f} {:>8.2f} {:>8.1f} {:>8.1f} {:>8.0f}  {:.1g}".format(
            type, count, evaluator, one["wall"], one["cpu"], reference["wall"] / one["wall"],
            reference["cpu"] / one["cpu"], one["rss"], gap,
        ), flush=True)  # fmt: skip
    return same


def measure(evaluator: str, type: str, truth: str, found: str) -> dict:
    """Score two files once; seconds, peak megabytes and the statistics (-1 where undefined)."""
    run = {"pycocotools": pycocotools, "hotcoco": hotcoco, "numpy": matcher}[evaluator](type, truth, found)
    wall, cpu = time.perf_counter(), time.process_time()
    stats = run()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    rss = peak_megabytes()
    return {"wall": wall, "cpu": cpu, "rss": rss, "stats": [-1.0 if v is None else float(v) for v in stats]}


def peak_megabytes() -> float:
    """Return this process's own peak; getrusage would start from that of the process it was forked from."""
    status = Path("/proc/self/status")
    if not status.exists():
        return float("nan")
    return int(status.read_text().split("VmHWM:")[1].split()[0]) / 1024


def pycocotools(type: str, truth: str, found: str):
    """Return the call that scores as pycocotools' own example does."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    def run():
        with contextlib.redirect_stdout(io.StringIO()):
            coco = COCO(truth)
            evaluation = COCOeval(coco, coco.loadRes(found), type)
            evaluation.evaluate()
            evaluation.accumulate()
            evaluation.summarize()
        return evaluation.stats

    return run


def hotcoco(type: str, truth: str, found: str):
    """Return the call that scores with hotcoco through `zoo_common.metrics.score`."""
    import hotcoco  # noqa: F401

    from zoo_common.metrics import score

    def run():
        return score(truth, found, type, engine="hotcoco").stats.values()

    return run


def matcher(type: str, truth: str, found: str):
    """Return the call that computes all matches and the statistics from them."""
    from zoo_common.metrics import ap_from_matches, compute_matches

    def run():
        return ap_from_matches(compute_matches(truth, found, type)).values()

    return run


def write_files(folder: Path, type: str, count: int):
    """Write a ground truth of val2017's size and ``count`` detections, a third of them false alarms."""
    rng = np.random.RandomState(1)
    total = PEOPLE if type == "keypoints" else OBJECTS
    image = np.sort(rng.randint(IMAGES, size=total)) + 1
    box = np.column_stack([rng.uniform(0, 400, (total, 2)), np.exp(rng.uniform(2, 5.5, (total, 2)))]).round(2)
    category = rng.randint(CATEGORIES, size=total) + 1 if type == "bbox" else np.ones(total, int)
    joints = np.round(rng.rand(total, 17, 2) * box[:, None, 2:] + box[:, None, :2])
    visible = rng.choice([0, 1, 2], p=[0.4, 0.1, 0.5], size=(total, 17))
    polygon = (rng.rand(total, 12, 2) * box[:, None, 2:] + box[:, None, :2]).round(2).reshape(total, -1).tolist()
    annotations = []
    for i in range(total):
        entry = {"id": i + 1, "image_id": int(image[i]), "category_id": int(category[i]), "bbox": box[i].tolist()}
        entry.update(area=float(round(box[i, 2] * box[i, 3] * 0.6, 4)), iscrowd=int(i % 100 == 0))
        entry["segmentation"] = [polygon[i]]
        if type == "keypoints":
            full = np.column_stack([joints[i] * (visible[i] > 0)[:, None], visible[i]]).astype(int)
            entry.update(keypoints=full.ravel().tolist(), num_keypoints=int((visible[i] > 0).sum()))
        annotations.append(entry)
    of = rng.randint(total, size=count)
    noise = rng.choice([0.01, 0.05, 2.0], size=count)[:, None] * np.tile(box[of, 2:], 2)
    found = [{"image_id": int(image[i]), "category_id": int(category[i])} for i in of]
    if type == "bbox":
        boxes = np.abs(box[of] + rng.normal(0, 1, (count, 4)) * noise).round(2).tolist()
        for entry, values in zip(found, boxes):
            entry["bbox"] = values
    else:
        moved = joints[of] + rng.normal(0, 1, (count, 17, 2)) * noise[:, None, :2]
        poses = np.dstack([moved.round(2), rng.rand(count, 17).round(4)]).reshape(count, -1).tolist()
        for entry, values in zip(found, poses):
            entry["keypoints"] = values
    for entry, value in zip(found, rng.rand(count).round(5).tolist()):
        entry["score"] = value
    images = [
        {"id": i + 1, "file_name": "{:012d}.jpg".format(i + 1), "width": 640, "height": 480} for i in range(IMAGES)
    ]
    categories = [{"id": i + 1, "name": "c{}".format(i + 1)} for i in range(category.max())]
    truth = {"images": images, "annotations": annotations, "categories": categories}
    files = folder / "truth_{}.json".format(type), folder / "found_{}_{}.json".format(type, count)
    for file, value in zip(files, (truth, found)):
        file.write_text(json.dumps(value))
    print("# {} {}: {}".format(type, count, ", ".join("{:.1f} MB".format(f.stat().st_size / 1e6) for f in files)))
    return files


if __name__ == "__main__":
    raise SystemExit(main())
