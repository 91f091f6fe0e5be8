"""AIMET's quantsim configuration: which tensors are quantized, and how.

Six sections, each overruling those before: ``defaults``, ``params``, ``op_type``, ``supergroups``, ``model_input``,
``model_output``. Booleans are the strings ``"True"`` and ``"False"``. ``supported_kernels`` and ``hw_version`` are
checked and otherwise without effect, as in AIMET unless its enforcement is switched on.
"""

from pathlib import Path
from typing import Any, Dict, List, Optional

from pydantic import BeforeValidator, Field, model_validator
from typing_extensions import Annotated, Literal

from zoo_common.errors import ZooError, did_you_mean
from zoo_common.files import PathLike, read_json
from zoo_common.schema import Document, parse

CONFIGS = Path(__file__).parent / "configs"
SHIPPED = {"default": "default_config.json", "per_channel": "default_config_per_channel.json"}


def _literal(value: Any) -> bool:
    if value not in ("True", "False"):
        raise ValueError("the string 'True' or 'False' is needed")
    return bool(value == "True")


Flag = Annotated[bool, BeforeValidator(_literal)]


class Kernel(Document):
    """Width and type of a tensor a device has kernels for."""

    bitwidth: Literal[4, 8, 16, 32]
    dtype: Literal["int", "float"]

    @model_validator(mode="after")
    def _float_has_16_bits(self) -> "Kernel":
        if self.dtype == "float" and self.bitwidth != 16:
            raise ValueError("dtype float goes with bitwidth 16 only")
        return self


class Kernels(Document):
    """A pair of activation and parameter kernels."""

    activation: Kernel
    param: Optional[Kernel] = None


class OpDefaults(Document):
    """Field ``defaults.ops``."""

    is_input_quantized: Optional[Flag] = None
    is_output_quantized: Optional[Flag] = None
    is_symmetric: Optional[Flag] = None


class Param(Document):
    """What holds for parameters, all or those of one name (``weight``, ``bias``)."""

    is_quantized: Optional[Flag] = None
    is_symmetric: Optional[Flag] = None


class Defaults(Document):
    """Section ``defaults``."""

    ops: OpDefaults
    params: Param
    strict_symmetric: Flag = False
    unsigned_symmetric: Flag = False
    per_channel_quantization: Flag = False
    supported_kernels: List[Kernels] = Field(default_factory=list)
    hw_version: Optional[str] = None


class OpType(Document):
    """What holds for one type of operation."""

    is_input_quantized: Optional[Flag] = None
    is_output_quantized: Optional[Flag] = None
    is_symmetric: Optional[Flag] = None
    per_channel_quantization: Optional[Flag] = None
    params: Dict[Literal["weight", "bias"], Param] = Field(default_factory=dict)
    supported_kernels: List[Kernels] = Field(default_factory=list)


class Supergroup(Document):
    """Types of consecutive operations of which only the last's output is quantized."""

    op_list: List[str] = Field(min_length=2)


class ModelInput(Document):
    """Section ``model_input``."""

    is_input_quantized: Optional[Flag] = None


class ModelOutput(Document):
    """Section ``model_output``."""

    is_output_quantized: Optional[Flag] = None


class Config(Document):
    """A whole configuration; all six sections are required, and may be empty but for ``defaults``."""

    defaults: Defaults
    params: Dict[Literal["weight", "bias"], Param]
    op_type: Dict[str, OpType]
    supergroups: List[Supergroup]
    model_input: ModelInput
    model_output: ModelOutput


def parse_config(value: Any, source: str) -> Config:
    """Check a parsed configuration.

    Raises:
        ZooError: an unknown or unfit field, or one that AIMET does not implement; the message names it.
    """
    config = parse(Config, value, source)
    if config.defaults.ops.is_input_quantized is not None:
        raise ZooError("{}: defaults.ops.is_input_quantized: not implemented; omit the field".format(source))
    switches = {
        "defaults.ops.is_output_quantized": config.defaults.ops.is_output_quantized,
        "model_input.is_input_quantized": config.model_input.is_input_quantized,
        "model_output.is_output_quantized": config.model_output.is_output_quantized,
    }
    for name, item in config.op_type.items():
        switches["op_type.{}.is_input_quantized".format(name)] = item.is_input_quantized
    for field, switch in switches.items():
        if switch is False:
            raise ZooError("{}: {}: 'False' is not implemented; omit the field instead".format(source, field))
    return config


def read_config(path: Optional[PathLike] = None) -> Config:
    """Read a configuration file.

    Args:
        path: a file, ``default`` or ``per_channel`` for AIMET's own two; None is ``default``.

    Raises:
        ZooError: as `parse_config`, or the file cannot be read.
    """
    name = "default" if path is None else str(path)
    if name in SHIPPED:
        return parse_config(read_json(CONFIGS / SHIPPED[name]), SHIPPED[name])
    if not Path(name).exists():
        raise ZooError("config: no file '{}'{}".format(name, did_you_mean(name, SHIPPED)))
    return parse_config(read_json(name), name)
