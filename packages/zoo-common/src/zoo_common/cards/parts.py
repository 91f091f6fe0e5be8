"""The sub-documents of a model card that every task shares."""

from pathlib import PurePosixPath
from typing import Any, Dict, Optional, Tuple

from pydantic import Field, field_validator, model_validator
from typing_extensions import Annotated, Literal

from zoo_common.artifacts import Artifact
from zoo_common.schema import Document

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Text = Annotated[str, Field(min_length=1)]
Count = Annotated[int, Field(strict=True, gt=0)]
Flag = Annotated[bool, Field(strict=True)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Positive = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0)]


class Network(Document):
    """How the framework package builds the network."""

    builder: Name
    """Name of a builder of the framework package."""
    options: Dict[str, Any] = Field(default_factory=dict)
    """Arguments of the builder."""


class Input(Document):
    """What the network expects: ``(pixels / scale - mean) / std`` of ``color`` images, one value a channel."""

    height: Count
    width: Count
    color: Literal["rgb", "bgr"]
    mean: Tuple[Number, Number, Number]
    std: Tuple[Positive, Positive, Positive]
    scale: Annotated[float, Field(strict=True, allow_inf_nan=False, ge=1)] = 255.0
    """The 8-bit pixels are divided by it; 1 leaves 0-255."""


class Weights(Document):
    """One file of weights: published (``url``) or shipped with the package (``file``)."""

    role: Name
    """What the network uses it for, such as ``params`` or ``symbol``; unique within the card."""
    url: Optional[str] = None
    file: Optional[str] = None
    """Relative to the package, or to the folder the card's registry was opened on."""
    sha256: Optional[Annotated[str, Field(pattern="^[0-9a-f]{64}$")]] = None
    """Of the published file (of the archive, with ``extract``) or of ``file``."""
    size: Optional[Count] = None
    """Bytes, of the same file as ``sha256``."""
    hosts: Tuple[Annotated[str, Field(pattern=r"^[a-z0-9.-]+$")], ...] = ()
    """Further hosts that ``url`` may redirect to; any other is refused."""
    extract: Optional[str] = None
    """Name of the wanted file within the archive behind ``url``."""
    licence: Optional[Text] = None
    trained_on: Optional[Text] = None

    @field_validator("url")
    @classmethod
    def _address(cls, url: Optional[str]) -> Optional[str]:
        if url is not None:
            Artifact.check_url(url)
        return url

    @field_validator("file", "extract")
    @classmethod
    def _relative(cls, name: Optional[str]) -> Optional[str]:
        if name is not None:
            path = PurePosixPath(name)
            if path.is_absolute() or not path.parts or ".." in path.parts or "\\" in name:
                raise ValueError("must be a relative path without '..'")
        return name

    @model_validator(mode="after")
    def _one_source(self) -> "Weights":
        if (self.url is None) == (self.file is None):
            raise ValueError("exactly one of url and file must be given")
        if self.extract is not None and self.url is None:
            raise ValueError("extract goes with url")
        if self.hosts and self.url is None:
            raise ValueError("hosts goes with url")
        return self

    @property
    def artifact(self) -> Artifact:
        """What `zoo_common.artifacts.fetch` needs to know of a published file."""
        return Artifact(url=self.url, sha256=self.sha256, size=self.size, hosts=self.hosts)


class Calibration(Document):
    """The samples a quantizer sees, and how it turns what they show into ranges."""

    split: Text
    samples: Count
    """Person crops, or images where the task takes whole images."""
    mode: Text


class Recipe(Document):
    """A precision the model can run at."""

    execution: Literal["executed", "simulated"]
    """Whether integers are really computed with, or floats rounded to their grid."""
    weight_bits: Annotated[int, Field(strict=True, ge=1, le=64)]
    activation_bits: Annotated[int, Field(strict=True, ge=1, le=64)]
    per_channel: Optional[Flag] = None
    """Weights: one scale an output channel, or one a tensor."""
    symmetric: Optional[Flag] = None
    """Weights: zero in the middle of the integers."""
    calibration: Optional[Calibration] = None
    """Absent where ranges are found at run time or nothing is quantized."""
    options: Dict[str, Any] = Field(default_factory=dict)
    """Anything else the framework package's quantizer takes."""

    @model_validator(mode="after")
    def _whole(self) -> "Recipe":
        if self.weight_bits <= 8 and (self.per_channel is None or self.symmetric is None):
            raise ValueError(
                "a precision of {}-bit weights must say per_channel and symmetric".format(self.weight_bits)
            )
        return self


class Conditions(Document):
    """Under which a number was obtained. What is absent is not a condition."""

    dataset: Text
    """Name of the image set, such as ``coco-val2017``."""
    flip_test: Optional[Flag] = None
    boxes: Optional[Text] = None
    """Where the people's boxes came from, such as ``ground-truth``."""
    images: Optional[Count] = None
    """How many images were evaluated: a run over fewer is never held against the number."""
    weights: Optional[Text] = None
    """Which weights, where they are others than the card's: no run is ever held against the number."""


class ReferenceConditions(Conditions):
    """Conditions of a reference: also the precision."""

    precision: Name


class Reference(Document):
    """A number the model is known to reach."""

    metric: Text
    value: Number
    tolerance: Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0)]
    """Absolute, to either side."""
    conditions: ReferenceConditions
    source: Text
    """Who says so: a paper, a repository, a measurement of ours."""
