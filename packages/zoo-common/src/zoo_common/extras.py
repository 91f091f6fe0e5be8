"""Libraries that only some installations have."""

import importlib
from typing import Any

from zoo_common.errors import ZooError


def require(module: str, extra: str, reason: str) -> Any:
    """Import a module of an extra of zoo-common.

    Args:
        module: its dotted name.
        extra: that installs it.
        reason: what needs it, as the message begins.

    Raises:
        ZooError: it is not installed; names the extra.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        missing = module.partition(".")[0]
        raise ZooError(
            '{} needs {}, which is not here ({}): pip install "zoo-common[{}]"'.format(reason, missing, error, extra)
        ) from None
