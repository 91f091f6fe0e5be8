import os
from pathlib import Path

import pytest


@pytest.fixture
def real_data():
    folder = os.environ.get("ZOO_REAL_DATA")
    if not folder:
        pytest.skip("ZOO_REAL_DATA is not set")
    return Path(folder)
