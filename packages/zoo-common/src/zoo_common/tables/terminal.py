"""What rich needs to know: colours of precisions and verdicts, width of the console."""

import re
import sys
from typing import Any, Optional

from zoo_common.extras import require

PLAIN_WIDTH = 100
"""Of what goes to a file or a pipe."""
STYLES = {"good": "bold green", "bad": "bold red", "caution": "yellow", "quiet": "dim"}
BITS = {"32": "cyan", "16": "cyan", "8": "yellow", "4": "magenta"}


def console(reason: str) -> Any:
    """Return rich's console on stdout.

    Raises:
        ZooError: rich is not installed; names the extra.
    """
    rich = require("rich.console", "report", reason)
    return rich.Console(highlight=False, width=None if sys.stdout.isatty() else PLAIN_WIDTH)


def precision_style(name: str) -> str:
    """Return the colour of a precision, by its first number: of floats, of eight bits, of four; else blue."""
    bits = re.search(r"\d+", name)
    return BITS.get(bits.group(), "blue") if bits else "blue"


def status_style(status: Optional[str]) -> str:
    """Return the colour of a verdict."""
    return STYLES["good" if status == "PASSED" else "bad"]
