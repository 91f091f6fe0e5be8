"""What benchmarks on photographs share."""

import os
import statistics
import sys
from pathlib import Path


def real_data():
    """Return the folder of real photographs and networks, or leave with a message."""
    folder = os.environ.get("ZOO_REAL_DATA")
    if not folder or not Path(folder).is_dir():
        sys.exit("skipped: ZOO_REAL_DATA names no folder with real photographs")
    return Path(folder)


def ratio(numerators, denominators):
    """Return the median of the pairwise ratios."""
    return statistics.median(a / b for a, b in zip(numerators, denominators))
