"""The YAML of a training: the sections of the TensorFlow rewrite's files, and one of our own.

A file written for the rewrite runs unchanged. Where the rewrite departs from the official recipe, ``OPTIONS`` has a
field whose default is official.
"""

from pathlib import Path
from typing import Any, Dict, Optional, Tuple, Union

import yaml
from pydantic import Field, model_validator
from typing_extensions import Annotated, Literal

from zoo_common.errors import ZooError, did_you_mean
from zoo_common.files import PathLike
from zoo_common.keypoints import FLIP_PAIRS
from zoo_common.schema import Document, parse

Positive = Annotated[int, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Triple = Tuple[float, float, float]
UPPER_BODY = tuple(range(11))
MIRRORED = list(range(17))
for _left, _right in FLIP_PAIRS:
    MIRRORED[_left], MIRRORED[_right] = _right, _left


class Records(Document):
    """Where the people of a split are."""

    PATTERN: Optional[str] = None
    """TFRecord files, a glob; relative to the working directory. ``--data`` takes a COCO tree instead."""
    EXAMPLES: Optional[Positive] = None
    """People in them; checked against what is read."""


class Common(Document):
    """What training and evaluation share."""

    INPUT_SHAPE: Tuple[Positive, Positive, Literal[3]] = (256, 192, 3)
    K: Literal[17] = 17
    IMAGE_NORM: bool = True
    """Subtract MEANS and divide by STDS after the division by 255."""
    MEANS: Triple = (0.406, 0.457, 0.48)
    STDS: Triple = (1.0, 1.0, 1.0)
    SIGMA: Optional[float] = None
    """Of heatmaps; a regression network has none."""


class Dataset(Document):
    """Sources and look of the crops."""

    NAME: str = "COCO"
    """For the reader of the file."""
    TRAIN: Records = Records()
    VAL: Records = Records()
    COMMON: Common = Common()


class Augmentation(Document):
    """Random views of a person, the official recipe's."""

    KP_FLIP: Tuple[int, ...] = tuple(MIRRORED)
    """Which joint each one becomes in a mirrored picture."""
    FLIP_PROB: Share = 0.5
    ROT_FACTOR: Annotated[float, Field(ge=0, le=180)] = 45.0
    """Standard deviation of the turn in degrees, cut off at twice that."""
    ROT_PROB: Share = 0.6
    SCALE_FACTOR: Annotated[float, Field(ge=0, lt=1)] = 0.25
    """Standard deviation of the crop's size about 1, cut off there."""
    KP_UPPER: Tuple[int, ...] = UPPER_BODY
    HALF_BODY_PROB: Share = 0.3
    HALF_BODY_MIN_KP: Positive = 8
    """Half bodies are cut out of people with more labelled joints than this."""
    ALBUM: bool = False
    """Colours by albumentations, which is an extra of the package."""

    @model_validator(mode="after")
    def _joints(self) -> "Augmentation":
        if sorted(self.KP_FLIP) != list(range(17)):
            raise ValueError("KP_FLIP: not an order of the joints 0 to 16")
        if not set(self.KP_UPPER) <= set(range(17)):
            raise ValueError("KP_UPPER: joints are 0 to 16")
        return self


class Model(Document):
    """The network."""

    NAME: Literal["rle_model"] = "rle_model"
    BACKBONE: str = "resnet50"


class Train(Document):
    """Length and rate."""

    EPOCHS: Positive = 270
    LR: Annotated[float, Field(gt=0)] = 1e-3
    BATCH_SIZE: Positive = 32
    PRETRAINED: Union[bool, str] = False
    """Weights to start from; ``--init`` overrides it. ``true`` asks for ImageNet's, which no program may fetch here."""
    LR_FACTOR: Annotated[float, Field(gt=0, le=1)] = 0.1
    LR_EPOCHS: Tuple[Positive, ...] = (170, 200)


class Eval(Document):
    """Evaluation while training, without the flip test, and of the best network at the end."""

    DO_EVAL: bool = True
    BATCH_SIZE: Positive = 32
    EVAL_TERM: Positive = 5
    """Epochs between two."""
    COCO_JSON: Optional[str] = None
    """Annotations of the evaluated people; with ``--data`` those of its tree."""
    FLIP_TEST: bool = True
    """Of the last evaluation."""


class Wandb(Document):
    """Weights & Biases, beside TensorBoard."""

    USE: bool = False
    PROJECT: str = "rle"
    SUBTITLE: str = ""
    NAME: Optional[str] = None


class Output(Document):
    """Where everything goes."""

    DIR: str = "results"
    CKPT: str = "checkpoints"
    """Folder below DIR."""


class Options(Document):
    """Ours. Defaults are the official recipe's; the rewrite's value stands behind each."""

    SEED: Annotated[int, Field(ge=0, lt=2**31)] = 0
    RESNET: Literal["v1_5", "v1"] = "v1_5"
    """Form of ``BACKBONE: resnet50``; v1."""
    INTERPOLATION: Literal["bilinear", "nearest"] = "bilinear"
    """Of the crop; nearest."""
    HALF_BODY_MARGIN: Annotated[float, Field(gt=0)] = 1.5
    """Crop of a half body over the extent of its joints; 1, for a stray line overwrites the factors there."""
    OUTSIDE: Literal["taught", "ignored"] = "taught"
    """Labelled joints outside the crop; ignored."""
    REDUCTION: Literal["sum", "mean"] = "sum"
    """Of the loss over joints and coordinates; mean."""
    SLOPE: Annotated[float, Field(ge=0, lt=1)] = 0.01
    """Of the flow's leaky ReLUs; 0.3."""
    FLOW: bool = True
    """Learn the density of the errors; without it the loss is the Laplace one alone."""
    PRECISION: Literal["float32", "mixed_float16", "mixed_bfloat16"] = "float32"
    SAVE_EVERY: Positive = 500
    """Steps between two checkpoints, beside the one at the end of each epoch."""
    CACHE_MB: Annotated[int, Field(ge=0)] = 1024
    """Decoded pictures kept in memory."""


class Config(Document):
    """A whole file."""

    DATASET: Dataset = Dataset()
    AUG: Augmentation = Augmentation()
    MODEL: Model = Model()
    TRAIN: Train = Train()
    EVAL: Eval = Eval()
    WANDB: Wandb = Wandb()
    OUTPUT: Output = Output()
    OPTIONS: Options = Options()

    def backbone(self) -> str:
        """Return the backbone by our name."""
        name = self.MODEL.BACKBONE
        return "resnet50_" + self.OPTIONS.RESNET if name == "resnet50" else name

    def task_options(self) -> Dict[str, Any]:
        """Return the options of `TopDownRegression` under which the crops of training and evaluation are alike."""
        common = self.DATASET.COMMON
        look: Dict[str, Any] = {"mean": common.MEANS, "std": common.STDS}
        if not common.IMAGE_NORM:
            look = {"mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0)}
        return dict(look, input_size=common.INPUT_SHAPE[:2], interpolation=self.OPTIONS.INTERPOLATION)


def read_config(path: PathLike) -> Config:
    """Read a configuration.

    Raises:
        ZooError: it cannot be read, is no YAML, or has a field or value that is not known; names file and field.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
        content = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError) as error:
        raise ZooError("cannot read {}: {}".format(path, getattr(error, "strerror", None) or error)) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # a ValueError: a date that is none
        raise ZooError("{}: not YAML: {}".format(path, " ".join(str(error).split()))) from None
    content = {} if content is None else content
    _suggest(Config, content, str(path), "")
    return parse(Config, content, str(path))


def _suggest(model: Any, content: Any, path: str, above: str) -> None:
    """Tell the nearest name of an unknown field, at any depth."""
    if not isinstance(content, dict):
        return
    for name, value in content.items():
        field = model.model_fields.get(name)
        if field is None:
            hint = did_you_mean(str(name), model.model_fields)
            raise ZooError("{}: {}: unknown field{}".format(path, above + str(name), hint))
        if isinstance(field.annotation, type) and issubclass(field.annotation, Document):
            _suggest(field.annotation, value, path, above + name + ".")
