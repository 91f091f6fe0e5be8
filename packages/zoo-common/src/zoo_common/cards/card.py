"""The model card: everything about a model that is not code."""

from pathlib import Path
from typing import Any, ClassVar, Dict, Optional, Sequence, Tuple, Union

from pydantic import Field, PrivateAttr, field_validator, model_validator
from typing_extensions import Annotated, Literal

from zoo_common.cards.parts import Count, Flag, Input, Name, Network, Number, Recipe, Reference, Text, Weights
from zoo_common.errors import ZooError, did_you_mean
from zoo_common.schema import Document


class BaseCard(Document):
    """What the cards of all tasks have in common. Read cards with `load_card` or a `Registry`."""

    schema_version: Literal[1] = Field(alias="schema")
    name: Name
    title: Text
    task: str
    task_options: Any
    framework: Annotated[str, Field(pattern="^[a-z][a-z0-9_.-]*$")]
    """What runs the network: mxnet, tf1, tf2 and torch are the zoo's own; another package names its own."""
    network: Network
    input: Input
    weights: Tuple[Weights, ...] = ()
    precisions: Dict[str, Recipe] = Field(min_length=1)
    reference: Tuple[Reference, ...] = ()
    notes: str = ""

    _path: Optional[Path] = PrivateAttr(None)
    _root: Optional[Path] = PrivateAttr(None)
    _sha256: Optional[str] = PrivateAttr(None)

    @field_validator("weights")
    @classmethod
    def _distinct_roles(cls, weights: Tuple[Weights, ...]) -> Tuple[Weights, ...]:
        roles = [item.role for item in weights]
        twice = sorted({role for role in roles if roles.count(role) > 1})
        if twice:
            raise ValueError("the role '{}' is given twice".format(twice[0]))
        return weights

    @model_validator(mode="after")
    def _known_precisions(self) -> "BaseCard":
        for number, item in enumerate(self.reference):
            precision = item.conditions.precision
            if precision not in self.precisions:
                path = "reference.{}.conditions.precision".format(number)
                raise ValueError("{}: '{}'{}".format(path, precision, did_you_mean(precision, self.precisions)))
        return self

    @property
    def path(self) -> Optional[Path]:
        """The card's file; absent for a card made in memory."""
        return self._path

    @property
    def root(self) -> Optional[Path]:
        """The folder that ``weights.*.file`` are relative to."""
        return self._root

    @property
    def sha256(self) -> Optional[str]:
        """Hash of the card's file, as a run's manifest records it."""
        return self._sha256

    def builder_among(self, known: Sequence[str]) -> str:
        """Return the name of the builder.

        Raises:
            ZooError: it is none of those a package has.
        """
        builder = self.network.builder
        if builder not in known:
            hint = did_you_mean(builder, known)
            raise ZooError("{}: network.builder: unknown '{}'{}".format(self.path, builder, hint))
        return builder

    def came_from(self, path: Path, root: Path, sha256: str) -> None:
        """Note where the card was read; for `load_card`."""
        self._path, self._root, self._sha256 = path, root, sha256

    def protocol(self) -> Dict[str, Any]:
        """Return the protocol `zoo_common.tasks.task_from_protocol` builds the model's task from.

        Options the card leaves out are left out: the task's own defaults hold. A top-down task knows no ``scale`` but
        the usual 255; another is passed on, so that it refuses.
        """
        options = self.task_options
        if isinstance(options, Document):
            options = options.model_dump(mode="json", exclude_none=True)
        source = self.input
        protocol: Dict[str, Any] = {"task": self.task, "input_size": [source.height, source.width]}
        protocol.update(color=source.color, mean=list(source.mean), std=list(source.std))
        if source.scale != 255:
            protocol["scale"] = source.scale
        return dict(protocol, **options)


class TopDownHeatmapOptions(Document):
    """Protocol of a top-down heatmap model; the fields mean what they mean in `zoo_common.tasks`."""

    crop: Literal["gluoncv", "hrnet"]
    flip_test: Flag
    decode: Literal["quarter", "dark", "dsnt", "dsnt-unclipped"]
    dark_kernel: Optional[Count] = None
    boxes: Optional[Text] = None
    shift_heatmap: Optional[Flag] = None
    score_threshold: Optional[Number] = None
    oks_nms: Optional[Annotated[float, Field(strict=True, gt=0, le=1)]] = None


class TopDownHeatmapCard(BaseCard):
    """A person box in, a heatmap a joint out."""

    TASKS: ClassVar[Tuple[str, ...]] = ("topdown-heatmap",)
    task: Literal["topdown-heatmap"]
    task_options: TopDownHeatmapOptions


class OtherTaskCard(BaseCard):
    """A task whose options are checked by the task itself.

    To type a task's options here: write their document and a card class like `TopDownHeatmapCard`, and add it to
    `Card` and `CARDS`.
    """

    TASKS: ClassVar[Tuple[str, ...]] = ("topdown-regression", "bottomup-paf", "box-detection")
    task: Literal["topdown-regression", "bottomup-paf", "box-detection"]
    task_options: Dict[str, Any] = Field(default_factory=dict)

    def protocol(self) -> Dict[str, Any]:
        """Return the protocol; see `BaseCard.protocol`. It always says ``scale``: these tasks' usual one is not 255."""
        return dict({"scale": self.input.scale}, **super().protocol())


CARDS = (TopDownHeatmapCard, OtherTaskCard)
Card = Union[TopDownHeatmapCard, OtherTaskCard]
