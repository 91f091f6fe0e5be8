"""Running what one does not trust, such as the graph of a stranger: no network, few files, bounded memory and time."""

from zoo_common.sandbox.run import Limits, run_sandboxed

__all__ = ["Limits", "run_sandboxed"]
