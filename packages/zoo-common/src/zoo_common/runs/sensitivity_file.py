"""The document `sensitivity.json`."""

from typing import Optional, Tuple

from typing_extensions import Literal

from zoo_common.runs.manifest import Positive
from zoo_common.schema import Document


class SensitivityRow(Document):
    """One quantizer, see `zoo_common.quantization.sensitivity.Sensitivity`. What was not measured is absent."""

    layer: str
    kind: Literal["weights", "activations"]
    bits: Positive
    sqnr_db: Optional[float] = None
    """Absent too where the outputs are equal."""
    joint_shift: Optional[float] = None
    """Pixels of the network's input."""
    ap: Optional[float] = None


class SensitivityFile(Document):
    """Every quantizer of a run's network, the most harmful first."""

    schema_version: Literal[1] = 1
    mode: Literal["one", "all_but_one"]
    """Quantized alone, or alone in float."""
    rows: Tuple[SensitivityRow, ...]
