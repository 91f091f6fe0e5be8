"""The targets: which environment reads each, how large its share of the cases is, where it is implemented."""

from typing import Dict, NamedTuple


class Entry(NamedTuple):
    """One target; ``share`` is in hundredths of all cases."""

    environment: str
    share: float
    implementation: str
    guided: bool = False


TARGETS: Dict[str, Entry] = {
    "annotations": Entry("fuzz", 10, "coco:Annotations", guided=True),
    "results": Entry("fuzz", 8, "coco:Results", guided=True),
    "images": Entry("fuzz", 10, "pictures:Pictures", guided=True),
    "runs": Entry("fuzz", 14, "run_folders:Runs"),
    "report": Entry("fuzz", 1, "run_folders:Report"),
    "cards": Entry("fuzz", 8, "cards:Cards", guided=True),
    "archives": Entry("fuzz", 8, "archives:Archives", guided=True),
    "image-records": Entry("fuzz", 4, "records:ImageRecords", guided=True),
    "person-records": Entry("fuzz", 4, "records:PersonRecords", guided=True),
    "torch-weights": Entry("torch", 6, "in_torch:Weights"),
    "torch-encodings": Entry("torch", 3, "in_torch:Encodings"),
    "torch-config": Entry("torch", 3, "in_torch:Config"),
    "onnx": Entry("torch", 3, "in_torch:Onnx"),
    "tf1-graph": Entry("tf1", 3, "in_tf1:Graph"),
    "tf1-checkpoint": Entry("tf1", 1, "in_tf1:Checkpoint"),
    "tf1-config": Entry("tf1", 3, "in_tf1:Config"),
    "tf1-encodings": Entry("tf1", 2, "in_tf1:Encodings"),
    "tf2-torch-file": Entry("tf2", 3, "in_tf2:TorchFile"),
    "tf2-weights": Entry("tf2", 2, "in_tf2:Weights"),
    "tf2-config": Entry("tf2", 2, "in_tf2:Config"),
    "mxnet-network": Entry("mxnet", 2, "in_mxnet:Exported"),
}
