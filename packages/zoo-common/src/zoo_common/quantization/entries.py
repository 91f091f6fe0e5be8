"""One grid in AIMET's encoding files, to and from `Encoding`; numbers come back bit for bit."""

import ast
from typing import Any, Dict, List, Union

import numpy as np
from pydantic import Field, field_validator, model_validator

from zoo_common.errors import ZooError
from zoo_common.quantization.encoding import Encoding
from zoo_common.quantization.grid import LEAST_BITS, MOST_BITS
from zoo_common.schema import Document, parse


class Entry(Document):
    """AIMET's fields of an integer grid; ``is_symmetric`` is the string ``"True"`` or ``"False"``."""

    bitwidth: int = Field(ge=LEAST_BITS, le=MOST_BITS)
    dtype: str = "int"
    is_symmetric: bool
    max: float = Field(allow_inf_nan=False)
    min: float = Field(allow_inf_nan=False)
    offset: int = Field(le=0)
    scale: float = Field(gt=0, allow_inf_nan=False)

    @field_validator("dtype")
    @classmethod
    def _integers_only(cls, value: str) -> str:
        if value != "int":
            raise ValueError("only integer encodings can be read")
        return value

    @field_validator("is_symmetric", mode="before")
    @classmethod
    def _literal(cls, value: Any) -> bool:
        if isinstance(value, str):
            try:
                value = ast.literal_eval(value)
            except (ValueError, SyntaxError):
                value = None
        if not isinstance(value, bool):
            raise ValueError("neither 'True' nor 'False'")
        return value

    @model_validator(mode="after")
    def _ordered(self) -> "Entry":
        if not self.min <= 0 <= self.max or self.min == self.max:
            raise ValueError("the range min..max must contain 0 and more")
        return self


class _Entries(Document):
    entries: List[Entry]


def write_entries(encoding: Encoding) -> List[Dict[str, Union[int, float, str]]]:
    """Return one AIMET entry, or one per channel."""
    columns = (np.atleast_1d(np.asarray(part, np.float64)) for part in encoding[:4])
    return [
        {
            "bitwidth": encoding.bits,
            "dtype": "int",
            "is_symmetric": str(bool(encoding.symmetric)),
            "max": float(maximum),
            "min": float(minimum),
            "offset": int(offset),
            "scale": float(scale),
        }
        for minimum, maximum, scale, offset in zip(*columns)
    ]


def read_entries(value: Any, source: str) -> List[Entry]:
    """Return the entries of one tensor.

    Args:
        value: parsed JSON, a list of entries of one bit width.
        source: file and tensor, for messages.

    Raises:
        ZooError: not a list of such entries; the message names the field.
    """
    if not isinstance(value, list) or not value:
        raise ZooError("{}: a list of encodings is needed".format(source))
    entries = parse(_Entries, {"entries": value}, source).entries
    widths = sorted({entry.bitwidth for entry in entries})
    if len(widths) > 1:
        raise ZooError("{}: bitwidth {} and {} in one tensor".format(source, widths[0], widths[-1]))
    return entries


def per_tensor(entries: List[Entry], source: str) -> Encoding:
    """Return the encoding of an activation.

    Raises:
        ZooError: there is more than one entry.
    """
    if len(entries) != 1:
        raise ZooError("{}: {} encodings for an activation, which has one".format(source, len(entries)))
    return _join(entries, ())


def per_channel(entries: List[Entry], channels: int, source: str) -> Encoding:
    """Return the encoding of a weight; a single entry holds for all channels, symmetry is the last entry's.

    Raises:
        ZooError: neither one entry nor one per channel.
    """
    if len(entries) not in (1, channels):
        raise ZooError("{}: {} encodings where the weight has {} channels".format(source, len(entries), channels))
    return _join(entries if len(entries) == channels else entries * channels, (channels,))


def _join(entries: List[Entry], shape: Any) -> Encoding:
    rows = [(entry.min, entry.max, entry.scale, entry.offset) for entry in entries]
    columns = [np.array(column, np.float64).reshape(shape) for column in zip(*rows)]
    return Encoding(*columns, bits=entries[0].bitwidth, symmetric=entries[-1].is_symmetric)
