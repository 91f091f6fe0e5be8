"""The document `score.json`."""

from typing import Dict, Optional

from typing_extensions import Literal

from zoo_common.runs.manifest import Count, Counts
from zoo_common.schema import Document


class Evaluator(Document):
    """Who computed the statistics."""

    engine: Literal["pycocotools", "hotcoco"]
    version: str


class ScoreFile(Document):
    """COCO's statistics with the counts they stand on. A statistic that is undefined is absent."""

    schema_version: Literal[1] = 1
    type: Literal["keypoints", "bbox"]
    stats: Dict[str, float]
    evaluator: Evaluator
    images_scored: Count
    detections: Count
    counts: Optional[Counts] = None
