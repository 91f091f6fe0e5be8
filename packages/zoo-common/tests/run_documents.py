"""Run directories written by hand, with every document, for whatever only reads them."""

from zoo_common.files import write_json

KEYPOINTS = {
    "AP": 0.5,
    "AP50": 0.75,
    "AP75": 0.625,
    "APm": 0.25,
    "APl": 1,
    "AR": 0.6,
    "AR50": 0.8,
    "AR75": 0.7,
    "ARl": 1,
}
BOXES = {"AP": 0.4, "AP50": 0.6, "AP75": 0.5, "APs": 0.1, "AR1": 0.3, "AR10": 0.5, "AR100": 0.55, "ARs": 0.2}


def write_run(path, model="pose", precision="int8", boxes=False, documents=True, **changes):
    """Write a run directory; ``changes`` replace fields of the manifest. Returns its path."""
    manifest = {
        "schema_version": 1,
        "model": {"name": model, "card_sha256": "c" * 64, "weights": [{"file": "pose.npz", "sha256": "a" * 64}]},
        "precision": precision,
        "network": {
            "framework": "numpy 1.0",
            "executed": precision != "w4a8",
            "file_bytes": 1250000,
            "parameters": 1200000,
            "multiply_adds": 174000000,
            "scheme": "tf_enhanced",
            "weights": {"bits": 8, "symmetric": True, "per_channel": True},
            "activations": {"bits": 8, "symmetric": False, "per_channel": False},
        },
        "protocol": {"task": "topdown-heatmap", "flip_test": False, "input_size": [192, 128], "boxes": "ground-truth"},
        "dataset": {
            "split": "val2017",
            "annotation_file": "person_keypoints_val2017.json",
            "fingerprint": "f" * 64,
            "images": 10,
            "synthetic": True,
        },
        "software": {"packages": {"numpy": "1.0"}, "python": "3.7.16"},
        "batch_size": 32,
        "calibration": {
            "split": "train2017",
            "images": 20,
            "samples": 40,
            "image_ids_sha256": "b" * 64,
            "evaluated_images_seen": 0,
        },
        "complete": True,
        "counts": {
            "samples": 30,
            "samples_evaluated": 28,
            "samples_failed": 2,
            "images": 10,
            "images_evaluated": 9,
            "images_failed": 1,
        },
        "failed": [{"image_id": 7, "reason": "truncated"}],
    }
    manifest.update(changes)
    write_json(path / "manifest.json", {key: value for key, value in manifest.items() if value is not None})
    if documents:
        for name, content in documents_of(boxes).items():
            write_json(path / (name + ".json"), content)
        (path / "results.json").write_text("[]")
    return path


def documents_of(boxes=False):
    """Return what lies beside a manifest, by name."""
    return {
        "score": {
            "schema_version": 1,
            "type": "bbox" if boxes else "keypoints",
            "stats": BOXES if boxes else KEYPOINTS,
            "evaluator": {"engine": "hotcoco", "version": "1.3.0"},
            "images_scored": 9,
            "detections": 28,
        },
        "measurements": {
            "command": ["zoo-x", "evaluate", "pose", "--data", "my coco"],
            "tox_env": "x-pose",
            "latency_ms": {"p50": 2.5, "p90": 3.5, "p99": 4.5},
            "latency": {"batch_size": 1, "calls": 100, "warm_up": 3},
            "images_per_s": 100.5,
            "samples_per_s": 300,
            "stage_cpu_s": {"decode": 0.5},
            "stage_wall_s": {"forward": 1.5},
            "wall_s": 2.5,
            "workers": 2,
            "peak_memory_mb": 400.0,
            "machine": {"cpu": "EPYC", "cores": 2, "threads": {"OMP_NUM_THREADS": "2"}},
        },
        "fidelity": {
            "reference": "fp32",
            "samples": 64,
            "sqnr_db": 30.25,
            "joint_shift_px": {"mean": 0.4, "p95": 1.25},
        },
        "verdict": {
            "schema_version": 1,
            "status": "FAILED",
            "checks": [
                {"metric": "AP", "measured": 0.5, "expected": 0.6, "tolerance": 0.01, "source": "card"},
                {"metric": "AR", "measured": 0.6, "expected": 0.6, "tolerance": 0.01, "source": "card"},
            ],
        },
        "sensitivity": {
            "schema_version": 1,
            "mode": "one",
            "rows": [
                {"layer": "head", "kind": "weights", "bits": 8, "sqnr_db": 12.5, "joint_shift": 1.5, "ap": 0.4},
                {"layer": "stem", "kind": "activations", "bits": 8},
            ],
        },
    }
