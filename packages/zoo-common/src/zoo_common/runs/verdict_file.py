"""The document `verdict.json`."""

from typing import Tuple

from typing_extensions import Literal

from zoo_common.cards.reference import Check
from zoo_common.schema import Document


class VerdictFile(Document):
    """The measured numbers against every reference of the card that holds under the run's conditions."""

    schema_version: Literal[1] = 1
    status: Literal["PASSED", "FAILED"]
    """PASSED if each measured number is within the tolerance of the expected one."""
    checks: Tuple[Check, ...]
