"""The one exception a user is meant to see, and the suggestion that goes with a misspelt name."""

import difflib
from typing import Iterable


class ZooError(Exception):
    """A mistake the user can mend. The console prints it as one line and exits with code 2.

    The message names the file, the field and the offending value.
    """


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the closest known name, else the list of what is known."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if close:
        return "; did you mean '{}'?".format(close[0])
    return "; known: {}".format(", ".join(names))
