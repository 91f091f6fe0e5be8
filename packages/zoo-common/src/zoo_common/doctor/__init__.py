"""``zoo doctor``: what this machine has, what is missing, and the command that mends it.

Runs on the standard library alone, so that it works before any environment exists.
"""

from zoo_common.doctor.command import add_arguments, run

__all__ = ["add_arguments", "run"]
