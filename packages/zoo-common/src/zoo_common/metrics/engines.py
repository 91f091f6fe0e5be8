"""The evaluators that scores are attributed to: pycocotools everywhere, hotcoco where the interpreter allows."""

import contextlib
import importlib
import io
from typing import Any, Dict, List, Tuple

import numpy as np

from zoo_common.errors import ZooError, did_you_mean
from zoo_common.metrics.inputs import Inputs, detection_box

ENGINES = ("pycocotools", "hotcoco")


def choose_engine(engine: str) -> str:
    """Return the engine to use: ``auto`` is hotcoco where it is installed (same numbers, many times faster).

    Raises:
        ZooError: unknown, or not installed.
    """
    if engine == "auto":
        return "hotcoco" if _installed("hotcoco") else "pycocotools"
    if engine not in ENGINES:
        raise ZooError("unknown scoring engine '{}'{}".format(engine, did_you_mean(engine, ("auto",) + ENGINES)))
    if not _installed(engine):
        raise ZooError(
            "scoring engine '{0}' is not installed; pip install {0}{1}".format(
                engine, " (Python 3.10 or newer)" if engine == "hotcoco" else ""
            )
        )
    return engine


def engine_version(engine: str) -> str:
    """Return an engine's installed version."""
    try:
        from importlib.metadata import version
    except ImportError:  # Python 3.7
        from importlib_metadata import version  # type: ignore[no-redef]
    return version(engine)


def evaluate(inputs: Inputs, engine: str) -> List[float]:
    """Return COCOeval's ``stats`` for the inputs; -1 where undefined."""
    return {"pycocotools": _pycocotools, "hotcoco": _hotcoco}[engine](inputs)


def _pycocotools(inputs: Inputs) -> List[float]:
    with silent():
        from pycocotools.coco import COCO
        from pycocotools.cocoeval import COCOeval

        sides = []
        for side in (ground_truth_content(inputs), detection_content(inputs)):
            coco = COCO()
            coco.dataset = side
            coco.createIndex()
            sides.append(coco)
        evaluation = COCOeval(sides[0], sides[1], inputs.type)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return [float(value) for value in evaluation.stats]


def _hotcoco(inputs: Inputs) -> List[float]:
    with silent():
        hotcoco = importlib.import_module("hotcoco")
        truth = hotcoco.COCO(ground_truth_content(inputs))
        entries = detection_content(inputs)["annotations"]
        if inputs.type == "bbox":
            columns = [[e["image_id"], *e["bbox"], e["score"], e["category_id"]] for e in entries]
            found = truth.load_res(np.array(columns, np.float64).reshape(-1, 7))
        else:
            found = truth.load_res(entries)
        return run_hotcoco(hotcoco, truth, found, inputs.type)


def run_hotcoco(hotcoco: Any, truth: Any, found: Any, type: str) -> List[float]:
    """Return hotcoco's ``stats`` for loaded sides."""
    evaluation = hotcoco.COCOeval(truth, found, type)
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    return [float(value) for value in evaluation.stats]


def ground_truth_content(inputs: Inputs) -> Dict[str, Any]:
    """Return the ground truth as an annotation file's dictionary, everything numbered from 1.

    COCOeval marks a match by the annotation's id and takes 0 for none, so an annotation with id 0 would
    never count as found, and hotcoco refuses negative ids. What the ids are decides nothing but order.
    What belongs to no listed category is never evaluated and left out.
    """
    images, categories = _numbering(inputs)
    fields = ["bbox", "area"] + ["num_keypoints", "keypoints"] * (inputs.type == "keypoints")
    annotations = []
    for number, entry in enumerate(inputs.annotations, 1):
        if entry["category_id"] not in categories:
            continue
        copy = {field: entry[field] for field in fields}
        copy["id"] = number
        copy["image_id"] = images[entry["image_id"]]
        copy["category_id"] = categories[entry["category_id"]]
        copy["iscrowd"] = entry.get("iscrowd", 0)
        annotations.append(copy)
    return dict(_headings(inputs), annotations=annotations)


def detection_content(inputs: Inputs) -> Dict[str, Any]:
    """Return the detections as ``loadRes`` completes them, numbered as the ground truth is."""
    images, categories = _numbering(inputs)
    annotations = []
    for number, entry in enumerate(inputs.detections, 1):
        if entry["category_id"] not in categories:
            continue
        box = detection_box(entry, inputs.type)
        copy = {"id": number, "image_id": images[entry["image_id"]]}
        copy["category_id"] = categories[entry["category_id"]]
        copy.update(score=entry["score"], bbox=box, area=box[2] * box[3], iscrowd=0)
        if inputs.type == "keypoints":
            copy["keypoints"] = entry["keypoints"]
        annotations.append(copy)
    return dict(_headings(inputs), annotations=annotations)


def _numbering(inputs: Inputs) -> Tuple[Dict[int, int], Dict[int, int]]:
    images, categories = ({k: n for n, k in enumerate(ids, 1)} for ids in (inputs.image_ids, inputs.category_ids))
    return images, categories


def _headings(inputs: Inputs) -> Dict[str, Any]:
    images, categories = _numbering(inputs)
    return {
        "images": [{"id": number, "file_name": "", "width": 1, "height": 1} for number in images.values()],
        "categories": [{"id": number, "name": str(number)} for number in categories.values()],
    }


def silent() -> Any:
    """Return a context in which nothing is printed."""
    stack = contextlib.ExitStack()
    stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
    stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
    return stack


def _installed(name: str) -> bool:
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True
