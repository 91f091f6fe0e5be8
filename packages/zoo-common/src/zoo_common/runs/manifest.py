"""What a run carries: enough to refuse an unlike comparison and to repeat the run.

Two runs with equal identities (everything but ``counts``, ``failed`` and ``complete``) hold equal bytes in
``predictions.jsonl`` and ``results.json``. A field that is absent was not known; it is never 0 instead.
"""

from typing import Any, Dict, List, Optional, Tuple

from pydantic import Field
from typing_extensions import Annotated, Literal

from zoo_common.schema import Document

SCHEMA_VERSION = 1
Count = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(ge=1)]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class WeightsRef(Document):
    """A weights file by its content."""

    file: str
    sha256: Sha256


class ModelRef(Document):
    """The model card and the weights that ran."""

    name: str
    card_sha256: Optional[Sha256] = None
    weights: List[WeightsRef]


class DatasetRef(Document):
    """The image set, by name and by content."""

    split: str
    annotation_file: str
    fingerprint: Sha256
    images: Count
    limit: Optional[Positive] = None
    synthetic: bool = False
    """The images were drawn by `zoo data synth`: the numbers say nothing about photographs."""


class Calibration(Document):
    """The images the quantizer saw."""

    split: str
    images: Count
    samples: Count
    image_ids_sha256: Sha256
    evaluated_images_seen: Count
    """How many of the evaluated images were also calibrated on; anything but 0 flatters the result."""


class Shard(Document):
    """Part ``index`` (from 1) of ``count``."""

    index: Positive
    count: Positive


class Software(Document):
    """Packages that produced the predictions."""

    packages: Dict[str, str]
    python: str
    lock_sha256: Optional[Sha256] = None


class Counts(Document):
    """What was asked and what came of it. The image counts of a shard are absent: an image may span two."""

    samples: Count
    samples_evaluated: Count
    samples_failed: Count
    images: Optional[Count] = None
    images_evaluated: Optional[Count] = None
    images_failed: Optional[Count] = None


class FailedImage(Document):
    """An image that ``--skip-missing`` went on without; it is not scored."""

    image_id: int
    reason: str


class Manifest(Document):
    """The first file of a run directory, written at the start and once more when the run is complete."""

    schema_version: Literal[1] = SCHEMA_VERSION
    model: ModelRef
    precision: str
    network: Dict[str, Any]
    protocol: Dict[str, Any]
    dataset: DatasetRef
    software: Software
    batch_size: Positive
    skip_missing: bool = False
    calibration: Optional[Calibration] = None
    shard: Optional[Shard] = None
    complete: bool = False
    counts: Optional[Counts] = None
    failed: Tuple[FailedImage, ...] = ()

    def identity(self, with_shard: bool = True) -> Dict[str, Any]:
        """Return what must be equal for two runs to be one."""
        without = {"complete", "counts", "failed"} if with_shard else {"complete", "counts", "failed", "shard"}
        return self.model_dump(mode="json", exclude=without)

    def to_json(self) -> Dict[str, Any]:
        """Return the document as written: what is absent stays absent."""
        return self.model_dump(mode="json", exclude_none=True)


def differences(left: Dict[str, Any], right: Dict[str, Any], path: str = "") -> List[str]:
    """List the fields in which two JSON documents differ, as ``field.path: a -> b``."""
    found: List[str] = []
    for key in sorted(set(left) | set(right)):
        here = "{}.{}".format(path, key) if path else key
        a, b = left.get(key), right.get(key)
        if isinstance(a, dict) and isinstance(b, dict):
            found += differences(a, b, here)
        elif a != b:
            found.append("{}: {!r} -> {!r}".format(here, a, b))
    return found
