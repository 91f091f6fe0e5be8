"""Top-down pose from heatmaps: SimplePose (GluonCV) and HRNet protocols differ only in options."""

from typing import Any, ClassVar, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
from pydantic import Field, field_validator, model_validator
from typing_extensions import Annotated, Literal

from zoo_common.coco import CocoDataset, ImageInfo
from zoo_common.crops import CONVENTIONS, Normaliser, centre_scale, crop_matrix, heatmap_to_image, warp
from zoo_common.errors import ZooError
from zoo_common.files import PathLike
from zoo_common.heatmaps import decode_dark, decode_dsnt, decode_quarter, flip_average
from zoo_common.heatmaps.fidelity import joint_shift, shift_summary, sqnr_db
from zoo_common.keypoints import FLIP_PAIRS, oks_nms
from zoo_common.schema import Document, parse
from zoo_common.tasks.base import Forward, Record, Sample, Task
from zoo_common.tasks.detections import Detections, read_detections

DARK_KERNEL = 11
Positive = Annotated[int, Field(gt=0)]
Triple = Tuple[float, float, float]


class TopDownHeatmapOptions(Document):
    """Everything that changes the numbers of a top-down heatmap evaluation."""

    input_size: Tuple[Positive, Positive] = (256, 192)
    """Height and width of the network's input."""
    crop: Literal["gluoncv", "hrnet"] = "gluoncv"
    color: Literal["rgb", "bgr"] = "rgb"
    mean: Triple = (0.485, 0.456, 0.406)
    std: Triple = (0.229, 0.224, 0.225)
    boxes: Literal["ground-truth", "detector"] = "ground-truth"
    detections_sha256: Optional[Annotated[str, Field(pattern="^[0-9a-f]{64}$")]] = None
    """The file the boxes came from, where a detector made them."""
    box_threshold: Optional[float] = None
    """Detected boxes with a lower score were left out (HRNet's ``IMAGE_THRE``)."""
    flip_test: bool = True
    shift_heatmap: bool = True
    decode: Literal["quarter", "dark", "dsnt", "dsnt-unclipped"] = "quarter"
    dark_kernel: Optional[Annotated[int, Field(ge=3, le=31)]] = None
    """Width in cells of the Gaussian that DARK smooths maps with: odd, 11 unless said otherwise."""
    score_threshold: float = 0.0
    """Joints with a confidence above it make up the person's score (GluonCV 0, HRNet 0.2)."""
    oks_nms: Annotated[float, Field(gt=0, le=1)] = 1.0
    """People whose OKS with a better one is above it are dropped (HRNet 0.9); 1 keeps everyone (GluonCV)."""

    @field_validator("dark_kernel")
    @classmethod
    def _odd(cls, kernel: Optional[int]) -> Optional[int]:
        if kernel is not None and kernel % 2 == 0:
            raise ValueError("must be odd")
        return kernel

    @model_validator(mode="after")
    def _used(self) -> "TopDownHeatmapOptions":
        if self.dark_kernel is not None and self.decode != "dark":
            raise ValueError("dark_kernel goes with decode: dark")
        return self


class _Person(NamedTuple):
    box: Sequence[float]
    annotation_id: Optional[int]
    score: float


class TopDownHeatmap(Task):
    """Person boxes in, one heatmap a joint out.

    Example:
        >>> task = TopDownHeatmap(TopDownHeatmapOptions(flip_test=False))
        >>> task.protocol()["decode"]
        'quarter'
    """

    name: ClassVar[str] = "topdown-heatmap"
    result_type: ClassVar[str] = "keypoints"

    def __init__(self, options: TopDownHeatmapOptions, detections: Optional[Detections] = None) -> None:
        self.options = options
        self._detections = detections
        self._normalise = Normaliser(options.mean, options.std, options.color)

    @classmethod
    def from_options(cls, options: Dict[str, Any], source: str) -> "TopDownHeatmap":
        """Build from the JSON of `protocol`; raises ZooError on a bad field."""
        return cls(parse(TopDownHeatmapOptions, options, source))

    def protocol(self) -> Dict[str, Any]:
        """Return the options as JSON, with the task's name."""
        return dict(self.options.model_dump(mode="json", exclude_none=True), task=self.name)

    def with_detections(self, path: PathLike, threshold: float = 0.0) -> "TopDownHeatmap":
        """Return this task with the people of a detector instead of the annotated ones; see `read_detections`."""
        found = read_detections(path, threshold)
        origin = {"boxes": "detector", "detections_sha256": found.sha256, "box_threshold": threshold}
        return TopDownHeatmap(self.options.model_copy(update=origin), found)

    def for_calibration(self) -> "TopDownHeatmap":
        """Return this task with annotated people: a detector's boxes are those of the evaluated images alone."""
        if self.options.boxes == "ground-truth":
            return self
        origin = {"boxes": "ground-truth", "detections_sha256": None, "box_threshold": None}
        return TopDownHeatmap(self.options.model_copy(update=origin))

    @property
    def input_shape(self) -> Tuple[int, int, int]:
        """Channels, height and width of the network's input."""
        return (3,) + tuple(self.options.input_size)  # type: ignore[return-value]

    def samples(self, dataset: CocoDataset) -> List[Sample]:
        """List the people: a detector's, or the annotated ones the crop convention keeps.

        Raises:
            ZooError: the boxes are a detector's, and none of them lies on an image of the dataset.
        """
        rule = CONVENTIONS[self.options.crop]
        aspect = self.options.input_size[1] / self.options.input_size[0]
        people: List[Sample] = []
        for image in dataset.images:
            for person in self._people(dataset, image):
                centre, scale = centre_scale(person.box, aspect, rule.unit)
                people.append(Sample(len(people), image, person.annotation_id, centre, scale, person.score))
        if self._detections is not None and not people:
            raise ZooError(
                "{}: none of its boxes is on one of the {} images evaluated".format(
                    self._detections.path, len(dataset.images)
                )
            )
        return people

    def _people(self, dataset: CocoDataset, image: ImageInfo) -> Iterator[_Person]:
        if self.options.boxes == "detector":
            if self._detections is None:
                raise ZooError("boxes: detector: the detections themselves are needed (--boxes FILE.json)")
            for box, score in self._detections.boxes.get(image.id, ()):
                yield _Person(box, None, score)
            return
        rule = CONVENTIONS[self.options.crop]
        for annotation in dataset.annotations(image.id):
            keypoints = annotation.get("keypoints")
            if annotation.get("iscrowd", 0) or not keypoints or not rule.keeps(keypoints):
                continue
            box = rule.clean(annotation["bbox"], image.width, image.height, annotation["area"])
            if box is not None:
                yield _Person(box, annotation["id"], 1.0)

    def preprocess(self, image: np.ndarray, sample: Sample, out: np.ndarray) -> None:
        """Cut the person out of ``image`` uint8 BGR [H, W, 3] into ``out`` float32 [3, height, width]."""
        size = (out.shape[1], out.shape[2])
        self._normalise(warp(image, crop_matrix(sample.centre, sample.scale, size), size), out)

    def infer(self, forward: Forward, batch: np.ndarray) -> np.ndarray:
        """Return heatmaps float32 [N, K, h, w], averaged with those of the mirrored batch under the flip test."""
        heatmaps = forward(batch)
        if not self.options.flip_test:
            return heatmaps
        mirrored = forward(np.ascontiguousarray(batch[..., ::-1]))
        return flip_average(heatmaps, mirrored, FLIP_PAIRS, self.options.shift_heatmap)

    def postprocess(self, outputs: np.ndarray, samples: Sequence[Sample]) -> List[Record]:
        """Decode heatmaps to joints in image pixels, rounded to 1/10,000 pixel so that files stay small."""
        points, confidence = self._decode(outputs)
        centre = np.stack([sample.centre for sample in samples])
        scale = np.stack([sample.scale for sample in samples])
        joints = heatmap_to_image(points, centre, scale, outputs.shape[2:])
        rows = np.concatenate([joints, confidence[..., None]], axis=2).astype(np.float64)
        return [_record(sample, row) for sample, row in zip(samples, rows)]

    def _decode(self, heatmaps: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
        if self.options.decode == "quarter":
            return decode_quarter(heatmaps)
        if self.options.decode == "dark":
            return decode_dark(heatmaps, self.options.dark_kernel or DARK_KERNEL)
        return decode_dsnt(heatmaps, clip=self.options.decode == "dsnt")

    def disagreement(self, reference: Sequence[np.ndarray], outputs: Sequence[np.ndarray]) -> Dict[str, Any]:
        """Return SQNR of the heatmaps in dB and how far the joints move, in pixels of the network's input."""
        ours, theirs = np.concatenate(list(outputs)), np.concatenate(list(reference))
        ratio = sqnr_db(theirs, ours)
        shift = shift_summary(joint_shift(theirs, ours, tuple(self.options.input_size), self._decode))
        return dict({"sqnr_db": ratio} if np.isfinite(ratio) else {}, joint_shift_px=shift)

    def results(self, image_id: int, records: Sequence[Record]) -> List[Record]:
        """Score each person by the mean confidence of its joints above the threshold, then OKS-NMS."""
        entries = []
        for record in records:
            confidence = np.asarray(record["keypoints"][2::3])
            counted = confidence[confidence > self.options.score_threshold]
            score = float(counted.mean()) * record["box_score"] if counted.size else 0.0
            entries.append(
                {"image_id": image_id, "category_id": 1, "keypoints": record["keypoints"], "score": round(score, 8)}
            )
        if self.options.oks_nms < 1 and len(entries) > 1:
            keypoints = np.array([entry["keypoints"] for entry in entries]).reshape(len(entries), -1, 3)
            areas = np.array([record["crop_area"] for record in records])
            keep = oks_nms(keypoints, np.array([e["score"] for e in entries]), areas, self.options.oks_nms)
            entries = [entries[index] for index in sorted(keep)]
        return entries


def _record(sample: Sample, joints: np.ndarray) -> Record:
    rounded = np.column_stack([np.round(joints[:, :2], 4), np.round(joints[:, 2], 8)])
    return {
        "keypoints": rounded.reshape(-1).tolist(),
        "box_score": sample.box_score,
        "crop_area": float(np.float32(sample.scale[0]) * np.float32(sample.scale[1])),
    }
